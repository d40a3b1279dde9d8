#include "genre/rec/text_classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "genre/base/error.h"
#include "genre/rec/csr_tensors.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/sequences.h"
#include "genre/rec/tensors.h"
#include "genre/rec/text_tensors.h"

namespace genre {
namespace {

constexpr std::string_view kBetweenTexts = "; ";
constexpr std::int64_t kUsers = 256;  // at most, whose labels are the usual ones
constexpr std::size_t kTextsAtOnce = 32;

// The number of each label, by the name of the item feature that stands for it.
std::map<std::string, std::int32_t> label_numbers(const std::vector<std::string>& labels, const std::string& field) {
  std::map<std::string, std::int32_t> out;
  for (std::size_t c = 0; c < labels.size(); ++c) out[field + "=" + labels[c]] = static_cast<std::int32_t>(c);
  return out;
}

// 1 where an item has a label.
CsrMatrix item_labels(const TrainingData& data, const std::vector<std::string>& labels, const std::string& field) {
  const auto numbers = label_numbers(labels, field);
  std::vector<std::int32_t> label_of(data.feature_names.size(), -1);
  for (std::size_t f = 0; f < label_of.size(); ++f)
    if (const auto found = numbers.find(data.feature_names[f]); found != numbers.end()) label_of[f] = found->second;
  std::vector<Triplet> entries;
  for (std::int64_t item = 0; item < data.item_features->rows; ++item)
    for (const std::int32_t feature : data.item_features->row_indices(item))
      if (label_of[feature] >= 0) entries.push_back({static_cast<std::int32_t>(item), label_of[feature], 1.0f});
  return csr_from_triplets(data.interactions.cols, std::ssize(labels), std::move(entries));
}

}  // namespace

void TextClassifierOptions::fields(config::Fields& f) {
  f.text("classifier", classifier, "the model that `genre lm finetune` made: a folder, or a name of the catalogue");
  f.text("field", field, "of items, whose values are the labels; one of item_features.fields");
  f.integer("events", events, {.minimum = 1, .maximum = 1000}, "newest items of a history whose texts are read");
  f.number("smoothing", smoothing, {.minimum = 1e-6, .maximum = 1e6},
           "interactions that each item counts as having beside its own, so that new ones are recommended too");
  f.number("shrink", shrink, {.minimum = 1e-6, .maximum = 1},
           "added to what is probable and to what is usual: labels that are hardly ever said decide nothing");
}

std::unique_ptr<Recommender> TextClassifierOptions::build() const {
  return std::make_unique<TextClassifierRecommender>(*this, models_);
}

std::int64_t TextClassifierOptions::fit_bytes(const DataSize& size) const {
  const std::int64_t labels =
      models_ == nullptr || classifier.empty() ? 0 : std::ssize(models_->classifier(classifier)->labels());
  return ItemTexts::bytes_of(size) + 16 * size.items + 36 * size.items * std::max<std::int64_t>(labels, 1) +
         28 * size.interactions + 8 * size.users + 65536;
}

std::string TextClassifierOptions::outside() const {
  return models_ == nullptr || classifier.empty() ? "" : models_->classifier(classifier)->id();
}

std::shared_ptr<const LabelsTexts> TextClassifierRecommender::open_classifier(const std::string& name) const {
  if (models_ == nullptr) throw Error(ErrorCode::kRuntime, "there are no language models to read texts with", "");
  if (name.empty())
    throw Error(ErrorCode::kConfig, "no classifier is named",
                "train one with 'genre lm finetune' and name its folder, RUN/model", {.key = "model.classifier"});
  return models_->classifier(name);
}

void TextClassifierRecommender::fit(const TrainingData& data) {
  require_interactions(name(), data);
  if (data.item_texts.empty())
    throw Error(ErrorCode::kData, "text_classifier reads texts of items, and there are none",
                "write an [item_text] template over item fields");
  if (data.item_features == nullptr)
    throw Error(ErrorCode::kData, "text_classifier wants items with labels, and no field of items is read",
                "add \"" + options_.field + "\" to fields in [item_features]");
  auto classifier = open_classifier(options_.classifier);
  CsrMatrix labels = item_labels(data, classifier->labels(), options_.field);
  if (labels.nonzeros() == 0)
    throw Error(ErrorCode::kData,
                fmt::format("no item has one of the {} labels of the classifier, such as '{}', in its field '{}'",
                            classifier->labels().size(), classifier->labels().front(), options_.field),
                "name the field that the labels came from, and read it with [item_features]", {.key = "model.field"});

  texts_ = ItemTexts(data.item_texts);
  popularity_.assign(labels.rows, static_cast<float>(options_.smoothing));
  for (const std::int32_t item : data.interactions.indices) ++popularity_[item];
  labels_ = std::move(labels);
  classifier_ = std::move(classifier);
  learn_usual(data);
}

void TextClassifierRecommender::learn_usual(const TrainingData& data) {
  const Sequences sequences = time_ordered(data);
  const std::int64_t users = sequences.users(), step = std::max<std::int64_t>(1, (users + kUsers - 1) / kUsers);
  std::vector<std::string> texts;
  for (std::int64_t user = 0; user < users; user += step) {
    std::string text = text_of({.history = sequences.of(user)});
    if (!text.empty()) texts.push_back(std::move(text));
  }
  usual_.assign(labels_.cols, 1.0f / static_cast<float>(labels_.cols));
  if (texts.empty()) return;
  std::vector<double> sums(labels_.cols, 0.0);
  for (std::size_t first = 0; first < texts.size(); first += kTextsAtOnce) {
    between_pieces(data, static_cast<std::int64_t>(first), std::ssize(texts));
    const auto some = std::span(texts).subspan(first, std::min(kTextsAtOnce, texts.size() - first));
    const Matrix said = classifier_->probabilities(some);
    for (std::int64_t row = 0; row < said.rows(); ++row)
      for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += said.row(row)[c];
  }
  for (std::size_t c = 0; c < sums.size(); ++c)
    usual_[c] = static_cast<float>(sums[c] / static_cast<double>(texts.size()));
}

std::string TextClassifierRecommender::text_of(const Query& query) const {
  std::string out(query.words);
  for (const std::string_view text : texts_.newest(query.history, options_.events)) {
    if (!out.empty()) out += kBetweenTexts;
    out += text;
  }
  return out;
}

void TextClassifierRecommender::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  std::vector<std::string> texts;
  std::vector<std::int64_t> row_of(queries.size(), -1);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    std::string text = text_of(queries[q]);
    if (text.empty()) continue;
    row_of[q] = std::ssize(texts);
    texts.push_back(std::move(text));
  }
  const Matrix said = texts.empty() ? Matrix() : classifier_->probabilities(texts);
  const auto shrink = static_cast<float>(options_.shrink);
  std::vector<float> lift(usual_.size());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto out = scores.row(static_cast<std::int64_t>(q));
    std::ranges::copy(popularity_, out.begin());
    if (row_of[q] < 0) continue;
    const auto probable = said.row(row_of[q]);
    for (std::size_t c = 0; c < lift.size(); ++c) lift[c] = (probable[c] + shrink) / (usual_[c] + shrink);
    for (std::int64_t item = 0; item < labels_.rows; ++item) {
      const auto own = labels_.row_indices(item);
      if (own.empty()) continue;
      float sum = 0;
      for (const std::int32_t label : own) sum += lift[label];
      out[item] *= sum / static_cast<float>(own.size());
    }
  }
}

void TextClassifierRecommender::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  save_csr(out, prefix + "labels.", labels_);
  out.add(prefix + "popularity", std::span<const float>(popularity_), {std::ssize(popularity_)});
  out.add(prefix + "usual", std::span<const float>(usual_), {std::ssize(usual_)});
  texts_.save(out, prefix);
  add_opened_model(out, prefix + "classifier", *classifier_);
}

void TextClassifierRecommender::load(const SafetensorsFile& in, const std::string& prefix) {
  auto usual = read_vector<float>(in, prefix + "usual");
  CsrMatrix labels = read_csr(in, prefix + "labels.", std::ssize(usual));
  auto popularity = read_vector<float>(in, prefix + "popularity");
  if (std::ssize(popularity) != labels.rows) bad_tensor(in, prefix + "popularity", "has another length than the items");
  ItemTexts texts = ItemTexts::load(in, prefix);
  if (texts.size() != labels.rows) bad_tensor(in, prefix + "text_offsets", "is not of as many items as the labels");
  auto classifier = open_classifier(read_text(in, prefix + "classifier"));
  require_same_model(in, prefix + "classifier", "classifier", *classifier);
  if (classifier->labels().size() != usual.size())
    bad_tensor(in, prefix + "usual", "is not of the labels of the classifier");
  usual_ = std::move(usual);
  popularity_ = std::move(popularity);
  labels_ = std::move(labels);
  texts_ = std::move(texts);
  classifier_ = std::move(classifier);
}

}  // namespace genre
