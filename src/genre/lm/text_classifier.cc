#include "genre/lm/text_classifier.h"

#include <algorithm>
#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/lm/classifier_head.h"
#include "genre/lm/packed_batches.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTokenizeGrain = 64;

enum class Outcome { kOneLabel, kManyLabels, kNumbers };

Outcome outcome_of(const ClassifierConfig& config) {
  if (config.problem == "regression") return Outcome::kNumbers;
  if (config.problem == "multi_label_classification" || config.labels.size() == 1) return Outcome::kManyLabels;
  return Outcome::kOneLabel;
}

void softmax(std::span<float> row) {
  const float largest = *std::ranges::max_element(row);
  float sum = 0;
  for (float& x : row) sum += x = std::exp(x - largest);
  for (float& x : row) x /= sum;
}

}  // namespace

struct TextClassifier::Model {
  Model(const fs::path& folder, const LmOptions& options)
      : classifier(read_classifier_config(folder), encoder_precision(options.precision)),
        tokenizer(load_tokenizer(folder)),
        maximum_tokens(classifier_limit(classifier.config(), *tokenizer, options)),
        outcome(outcome_of(classifier.config())) {}

  ClassifierModel classifier;
  std::unique_ptr<Tokenizer> tokenizer;
  int maximum_tokens;
  Outcome outcome;
};

TextClassifier::TextClassifier(const fs::path& model_folder, const LmOptions& options)
    : model_(std::make_unique<Model>(model_folder, options)) {}
TextClassifier::~TextClassifier() = default;
TextClassifier::TextClassifier(TextClassifier&&) noexcept = default;

const std::vector<std::string>& TextClassifier::labels() const { return model_->classifier.config().labels; }
bool TextClassifier::multi_label() const { return model_->outcome == Outcome::kManyLabels; }

Matrix TextClassifier::probabilities(std::span<const std::string> texts,
                                     const std::function<void(std::int64_t)>& progress) const {
  std::vector<std::vector<std::int32_t>> ids(texts.size());
  global_pool().parallel_for(texts.size(), kTokenizeGrain, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) ids[i] = model_->tokenizer->encode(texts[i], model_->maximum_tokens);
  });
  Matrix out(static_cast<std::int64_t>(texts.size()), static_cast<std::int64_t>(labels().size()));
  for_each_batch(
      ids, {},
      [&](std::span<const std::int32_t> members, const PackedTokens& tokens) {
        Matrix logits = model_->classifier.logits(tokens);
        for (std::size_t i = 0; i < members.size(); ++i) {
          const auto row = logits.row(static_cast<std::int64_t>(i));
          if (model_->outcome == Outcome::kOneLabel) softmax(row);
          if (model_->outcome == Outcome::kManyLabels)
            for (float& x : row) x = 1 / (1 + std::exp(-x));
          std::ranges::copy(row, out.row(members[i]).begin());
        }
      },
      progress);
  return out;
}

}  // namespace genre
