#include "genre/engine/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/sha256.h"
#include "genre/config/layers.h"
#include "genre/config/schema.h"
#include "genre/engine/language_models.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {

std::vector<config::Alternative> compared_models() {
  std::vector<config::Alternative> out;
  for (const RecommenderType& type : recommender_types())
    out.push_back({type.name, type.doc, [make = type.make]() -> std::shared_ptr<config::NamedOptions> {
                     return std::make_shared<ComparedModel>(make());
                   }});
  return out;
}

}  // namespace

void ComparedModel::fields(config::Fields& f) {
  model->fields(f);
  f.numbers("published", published, {.minimum = 0, .maximum = 1e6},
            "what others report of this model, by metric: { \"ndcg@10\" = 0.2865 }", config::InDigest::kNo);
}

void EvaluateOptions::fields(config::Fields& f) {
  f.texts(
      "metrics", metrics,
      "metrics to report: ndcg@K, recall@K, precision@K, map@K, mrr@K, hr@K; of the single events of the test "
      "part auc and gauc, how well liked ones are told from others, and rmse and mae of models that predict ratings");
  f.text(
      "candidates", candidates,
      "what is ranked: all (the full catalogue), cold (only items without training interactions), or, for comparison "
      "with papers that did so, the relevant items and N others: sampled:N, sampled_popular:N");
  f.text("negatives", negatives, "file of the others of a sampled protocol, as `genre evaluate --negatives` writes it",
         config::InDigest::kNo);
  f.choice("history", history, {"all", "train", "words"},
           "what models are asked with: all that is known of the user before the test part; train: without the "
           "validation part, as RecBole does; words: nothing but the text of the newest item of it, as somebody new "
           "says who wants more of the kind; what is known is left out of the list in each case");
  f.integer("short_history", short_history, {0, 1000000},
            "users with at most so many positive interactions form the slice short_history");
  f.integer("resamples", resamples, {100, 100000}, "bootstrap resamples behind each interval");
  f.choice(
      "similarity", similarity, {"auto", "vectors", "features", "interactions"},
      "of items, behind the diversity inside a list: cosine of item vectors, Jaccard of [item_features] or else of "
      "the calibration field, cosine of training interactions; auto: the first of these that is there");
  f.text(
      "calibration_field", calibration_field,
      "item field whose values calibration compares, parted by item_features.separator; empty: the first with several "
      "values in a tenth of the items and at most 100 different ones, as genres");
  f.texts("user_groups", user_groups,
          "user fields, as [\"gender\"]: metrics of each group of users, and the gap between the best and the worst "
          "served");
  f.texts("item_groups", item_groups,
          "item fields, as [\"genres\"]: exposure of each group of items beside its relevance");
  f.flag("all_folds", all_folds, "evaluate every fold of split.kind = \"k_fold\" in turn, in place of split.fold");
  f.integer("seeds", seeds, {1, 1000}, "how often each model is trained: with seed, seed + 1, ...; the split stays");
  f.text("published_source", published_source, "who reports the `published` values of [[models]], to stand beside ours",
         config::InDigest::kNo);
}

void EngineConfig::fields(config::Fields& f) {
  f.integer("seed", seed, {.minimum = 0}, "feeds every random stream; same seed, same result");
  f.integer("threads", threads, {0, 1024}, "threads to use; 0: all cores", config::InDigest::kNo);
  f.table("data", data, "Sources, events, cleaning and split.");
  f.table("item_text", item_text, "The text of an item, for language models.");
  f.table("item_features", item_features, "Item fields as features, for models with side information.");
  f.table("item_vectors", item_vectors, "Item vectors that another program made.");
  f.table("lm", lm, "The language model.");
  f.named("model", model, &recommender_alternatives, "The recommender and its parameters.");
  f.named_list("models", models, &compared_models,
               "Several recommenders to train and compare, in place of [model]; each may have a table `published` of "
               "what others report of it, by metric.");
  f.table("evaluate", evaluate, "What is measured, and on which candidates.");
}

std::vector<std::shared_ptr<RecommenderOptions>> EngineConfig::recommenders() const {
  if (model != nullptr && !models.empty())
    throw Error(ErrorCode::kConfig, "both [model] and [[models]] are given",
                "keep one: [model] for one recommender, [[models]] to compare several");
  std::vector<std::shared_ptr<RecommenderOptions>> out;
  if (model != nullptr) out.push_back(std::dynamic_pointer_cast<RecommenderOptions>(model));
  for (const auto& entry : models) out.push_back(std::dynamic_pointer_cast<ComparedModel>(entry)->model);
  if (out.empty())
    throw Error(ErrorCode::kConfig, "no recommender is chosen", "add a [model] table, for example: name = \"ease\"",
                {.key = "model"});
  for (const auto& options : out) options->connect(language_models());
  return out;
}

bool EngineConfig::wants_language_model() const {
  if (!item_vectors.path.empty()) return false;
  if (evaluate.history == "words" && lm.model != "none") return true;
  const auto all = recommenders();
  return std::any_of(all.begin(), all.end(), [](const auto& options) { return options->needs_item_vectors(); });
}

namespace {

template <class FieldsOf>
std::string digest_of(FieldsOf&& fill) {
  config::Fields f;
  fill(f);
  return config::digest(f);
}

}  // namespace

// The field tables bind to writable members; a shallow copy is what they bind to here.
std::string EngineConfig::digest() const {
  EngineConfig copy = *this;
  return digest_of([&](config::Fields& f) { copy.fields(f); });
}

std::string EngineConfig::data_digest() const {
  EngineConfig copy = *this;
  return digest_of([&](config::Fields& f) {
    f.integer("seed", copy.seed, {}, "");
    f.table("data", copy.data, "");
  });
}

}  // namespace genre
