#include "genre/rec/cascade.h"

#include <fmt/format.h>

#include "genre/base/error.h"
#include "genre/rec/registry.h"
#include "genre/rec/tensors.h"

namespace genre {

CascadeOptions::CascadeOptions()
    : candidates(make_recommender_options("item_knn")), ranker(make_recommender_options("ease")) {}

void CascadeOptions::fields(config::Fields& f) {
  f.named("candidates", candidates, recommender_alternatives, "the model that finds candidates");
  f.named("ranker", ranker, recommender_alternatives, "the model that puts the candidates in order");
  f.integer("candidate_count", candidate_count, {.minimum = 1, .maximum = 1e6},
            "candidates a user, beside the history");
}

std::unique_ptr<Recommender> CascadeOptions::build() const {
  return std::make_unique<Cascade>(recommender_options(candidates).build(), recommender_options(ranker).build(),
                                   candidate_count);
}

bool CascadeOptions::needs_item_vectors() const {
  return recommender_options(candidates).needs_item_vectors() || recommender_options(ranker).needs_item_vectors();
}

bool CascadeOptions::needs_item_texts() const {
  return recommender_options(candidates).needs_item_texts() || recommender_options(ranker).needs_item_texts();
}

std::string CascadeOptions::outside() const {
  return recommender_options(candidates).outside() + recommender_options(ranker).outside();
}

void CascadeOptions::connect(std::shared_ptr<const LanguageModels> models) {
  recommender_options(candidates).connect(models);
  recommender_options(ranker).connect(std::move(models));
}

std::int64_t CascadeOptions::fit_bytes(const DataSize& size) const {
  return recommender_options(candidates).fit_bytes(size) + recommender_options(ranker).fit_bytes(size);
}

Cascade::Cascade(std::unique_ptr<Recommender> candidates, std::unique_ptr<Recommender> ranker, int candidate_count)
    : candidates_(std::move(candidates)), ranker_(std::move(ranker)), candidate_count_(candidate_count) {}

void Cascade::fit(const TrainingData& data) {
  candidates_->fit(data);
  ranker_->fit(data);
}

void Cascade::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  ranker_->score(queries, scores);
  Matrix found(scores.rows(), scores.cols());
  candidates_->score(queries, found.view());
  std::vector<std::uint8_t> keep(scores.cols());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto row = found.row(static_cast<std::int64_t>(q));
    keep.assign(keep.size(), 0);
    for (const std::int32_t item : queries[q].history) {
      keep[item] = 1;
      row[item] = kMasked;
    }
    for (const auto& [item, score] : top_k(row, candidate_count_)) keep[item] = 1;
    const auto out = scores.row(static_cast<std::int64_t>(q));
    for (std::size_t i = 0; i < keep.size(); ++i)
      if (keep[i] == 0) out[i] = kMasked;
  }
}

bool Cascade::personalises(const Query& query) const {
  return candidates_->personalises(query) || ranker_->personalises(query);
}

void Cascade::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  candidates_->save(out, prefix + "candidates.");
  ranker_->save(out, prefix + "ranker.");
}

void Cascade::load(const SafetensorsFile& in, const std::string& prefix) {
  candidates_->load(in, prefix + "candidates.");
  ranker_->load(in, prefix + "ranker.");
  if (candidates_->items() != ranker_->items())
    throw Error(
        ErrorCode::kData,
        fmt::format("the candidate model knows {} items, the ranker {}", candidates_->items(), ranker_->items()),
        "train the model again", {.file = in.path().string()});
}

}  // namespace genre
