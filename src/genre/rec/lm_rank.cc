#include "genre/rec/lm_rank.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "genre/base/error.h"
#include "genre/rec/label_answers.h"
#include "genre/rec/registry.h"
#include "genre/rec/tensors.h"
#include "genre/rec/text_tensors.h"

namespace genre {
namespace {

constexpr const char *kDecoder = "decoder", *kClassifier = "classifier";  // in the model's file

bool tells_items_apart(std::span<const float> scores) {
  float lowest = std::numeric_limits<float>::infinity(), highest = kMasked;
  for (const float score : scores) {
    if (!(score > kMasked)) continue;
    lowest = std::min(lowest, score);
    highest = std::max(highest, score);
  }
  return highest > lowest;
}

void require_models(const LanguageModels* models) {
  if (models == nullptr) throw Error(ErrorCode::kRuntime, "there are no language models to ask", "");
}

}  // namespace

LmRankOptions::LmRankOptions() : candidates(make_recommender_options("item_knn")) {}

void LmRankOptions::fields(config::Fields& f) {
  f.text("decoder", decoder, "the language model: a name of the catalogue, a folder or a GGUF file");
  f.text("adapter", adapter, "folder of what `genre lm finetune` trained beside the decoder; or none");
  f.text("classifier", classifier,
         "a text classifier of the labels yes and no that `genre lm finetune` made, asked instead of the decoder: a "
         "folder, or a name of the catalogue; or none");
  f.named("candidates", candidates, recommender_alternatives, "the model that finds candidates");
  f.integer("candidate_count", candidate_count, {.minimum = 1, .maximum = 20},
            "candidates that are put in order, beside the history");
  f.integer("events", events, {.minimum = 1, .maximum = 1000},
            "newest items that the prompt holds: liked ones, or with {disliked} any");
  f.choice("judge", judge, {"yes", "title"},
           "yes: the log odds of yes against no; title: the mean log-probability of the tokens of an item's text");
  f.text(
      "prompt", prompt,
      "lines with {history}, {disliked}, {words} and, where the judge is yes, {candidate}; a line without any of its "
      "fields is left out; empty: words that suit the judge");
}

PreferencePrompt LmRankOptions::question() const {
  if (!classifier.empty() && judge != "yes")
    throw Error(ErrorCode::kConfig, "a classifier answers yes or no and knows no titles", "set judge = \"yes\"",
                {.key = "model.judge"});
  if (!classifier.empty() && !adapter.empty())
    throw Error(ErrorCode::kConfig, "an adapter belongs to a decoder, and a classifier is asked instead",
                "name one of adapter and classifier", {.key = "model.adapter"});
  return {judge == "yes" ? PreferenceAnswer::kYesOrNo : PreferenceAnswer::kText, prompt};
}

std::unique_ptr<Recommender> LmRankOptions::build() const { return std::make_unique<LmRank>(*this, models_); }

bool LmRankOptions::needs_item_vectors() const { return recommender_options(candidates).needs_item_vectors(); }

std::int64_t LmRankOptions::fit_bytes(const DataSize& size) const {
  const bool asks_decoder = models_ != nullptr && classifier.empty() && !decoder.empty();
  const std::int64_t weights = asks_decoder ? models_->decoder(decoder, adapter)->bytes() : 0;
  return recommender_options(candidates).fit_bytes(size) + ItemTexts::bytes_of(size) + weights + 65536;
}

std::string LmRankOptions::outside() const {
  std::string own;
  if (models_ != nullptr && !classifier.empty())
    own = models_->classifier(classifier)->id();
  else if (models_ != nullptr && !decoder.empty())
    own = models_->decoder(decoder, adapter)->id();
  return own + recommender_options(candidates).outside();
}

void LmRankOptions::connect(std::shared_ptr<const LanguageModels> models) {
  recommender_options(candidates).connect(models);
  models_ = std::move(models);
}

LmRank::LmRank(const LmRankOptions& options, std::shared_ptr<const LanguageModels> models)
    : decoder_name_(options.decoder),
      adapter_name_(options.adapter),
      classifier_name_(options.classifier),
      question_(options.question()),
      candidate_count_(options.candidate_count),
      events_(options.events),
      candidates_(recommender_options(options.candidates).build()),
      models_(std::move(models)) {}

std::shared_ptr<const WeighsAnswers> LmRank::open_decoder(const std::string& name, const std::string& adapter) const {
  require_models(models_.get());
  if (name.empty())
    throw Error(ErrorCode::kConfig, "no decoder is named", "`genre lm models` lists some", {.key = "model.decoder"});
  return models_->decoder(name, adapter);
}

std::shared_ptr<const WeighsAnswers> LmRank::open_classifier(const std::string& name) const {
  require_models(models_.get());
  return std::make_shared<LabelAnswers>(models_->classifier(name), kPreferenceAnswers);
}

void LmRank::fit(const TrainingData& data) {
  require_interactions(name(), data);
  ItemTexts texts(data.item_texts);
  if (texts.empty())
    throw Error(ErrorCode::kData, "lm_rank reads texts of items, and there are none",
                "write an [item_text] template over item fields");
  const bool asks_classifier = !classifier_name_.empty();
  auto asked = asks_classifier ? open_classifier(classifier_name_) : open_decoder(decoder_name_, adapter_name_);
  candidates_->fit(data);
  texts_ = std::move(texts);
  asked_ = std::move(asked);
  asks_classifier_ = asks_classifier;
}

void LmRank::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  candidates_->score(queries, scores);
  for (std::size_t q = 0; q < queries.size(); ++q)
    if (can_ask(queries[q])) put_in_order(queries[q], scores.row(static_cast<std::int64_t>(q)));
}

bool LmRank::can_ask(const Query& query) const { return !query.words.empty() || !told(query, /*most=*/1).empty(); }

ToldHistory LmRank::told(const Query& query, int most) const {
  if (!question_.tells_disliked() || query.seen.empty()) return {.liked = texts_.newest(query.history, most)};
  const std::unordered_set<std::int32_t> liked(query.history.begin(), query.history.end());
  ToldHistory out;
  for (auto item = query.seen.rbegin(); item != query.seen.rend() && out.size() < most; ++item)
    if (const std::string_view text = texts_.of(*item); !text.empty())
      (liked.contains(*item) ? out.liked : out.disliked).push_back(text);
  return out;
}

void LmRank::put_in_order(const Query& query, std::span<float> scores) const {
  if (!tells_items_apart(scores)) return;
  const std::vector<ScoredIndex> ranking = top_k(scores, static_cast<int>(scores.size()));
  std::vector<std::int32_t> candidates;
  for (const auto& [item, score] : ranking) {
    if (std::ssize(candidates) == candidate_count_) break;
    if (!texts_.of(item).empty() && std::ranges::find(query.history, item) == query.history.end() &&
        std::ranges::find(query.seen, item) == query.seen.end())
      candidates.push_back(item);
  }
  if (candidates.empty()) return;
  const std::vector<float> judged = judge(query, candidates);
  float place = std::floor(std::ranges::min(judged)), before = kMasked;
  for (const auto& [item, score] : ranking) {
    if (std::ranges::find(candidates, item) != candidates.end()) continue;
    if (score != before) --place;
    before = score;
    scores[item] = place;
  }
  for (std::size_t c = 0; c < candidates.size(); ++c) scores[candidates[c]] = judged[c];
}

std::vector<float> LmRank::judge(const Query& query, std::span<const std::int32_t> candidates) const {
  const ToldHistory history = told(query, events_);
  const bool asks = question_.answer() == PreferenceAnswer::kYesOrNo;
  std::vector<std::string> prompts, answers;
  if (asks) answers.assign(kPreferenceAnswers.begin(), kPreferenceAnswers.end());
  if (!asks) prompts.push_back(question_.write(history, query.words, ""));
  for (const std::int32_t item : candidates) {
    const std::string_view text = texts_.of(item);
    if (asks)
      prompts.push_back(question_.write(history, query.words, text));
    else
      answers.emplace_back(text);
  }
  const Matrix said = asked_->log_probabilities(prompts, answers);
  std::vector<float> out(candidates.size());
  for (std::size_t c = 0; c < out.size(); ++c)
    out[c] = asks ? said.row(static_cast<std::int64_t>(c))[0] - said.row(static_cast<std::int64_t>(c))[1]
                  : said.row(0)[c] / static_cast<float>(asked_->tokens(answers[c]));
  return out;
}

bool LmRank::personalises(const Query& query) const {
  if (candidates_->personalises(query)) return true;
  if (!can_ask(query)) return false;
  std::vector<float> scores(items());
  candidates_->score({&query, 1}, {scores.data(), 1, items()});
  return tells_items_apart(scores);
}

void LmRank::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  candidates_->save(out, prefix + "candidates.");
  texts_.save(out, prefix);
  add_opened_model(out, prefix + (asks_classifier_ ? kClassifier : kDecoder), *asked_);
  if (!asks_classifier_) add_text(out, prefix + "adapter", asked_->adapter());
}

void LmRank::load(const SafetensorsFile& in, const std::string& prefix) {
  ItemTexts texts = ItemTexts::load(in, prefix);
  const bool asks_classifier = in.has(prefix + kClassifier);
  const std::string kind = asks_classifier ? kClassifier : kDecoder, name = read_text(in, prefix + kind);
  auto asked = asks_classifier ? open_classifier(name) : open_decoder(name, read_text(in, prefix + "adapter"));
  require_same_model(in, prefix + kind, kind, *asked);
  candidates_->load(in, prefix + "candidates.");
  if (candidates_->items() != texts.size())
    throw Error(
        ErrorCode::kData,
        fmt::format("the candidate model knows {} items, there are {} texts", candidates_->items(), texts.size()),
        "train the model again", {.file = in.path().string()});
  texts_ = std::move(texts);
  asked_ = std::move(asked);
  asks_classifier_ = asks_classifier;
}

}  // namespace genre
