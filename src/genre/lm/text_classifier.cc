#include "genre/lm/text_classifier.h"

#include <algorithm>
#include <cmath>

#include "genre/lm/sequence_classifier.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

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
      : members(load_members(folder, options)), outcome(outcome_of(members.front().config())) {}

  std::vector<SequenceClassifier> members;
  Outcome outcome;
};

TextClassifier::TextClassifier(const fs::path& model_folder, const LmOptions& options)
    : model_(std::make_unique<Model>(model_folder, options)) {}
TextClassifier::~TextClassifier() = default;
TextClassifier::TextClassifier(TextClassifier&&) noexcept = default;

const std::vector<std::string>& TextClassifier::labels() const { return model_->members.front().config().labels; }
bool TextClassifier::multi_label() const { return model_->outcome == Outcome::kManyLabels; }

Matrix TextClassifier::probabilities(std::span<const std::string> texts,
                                     const std::function<void(std::int64_t)>& progress) const {
  return probabilities(texts, {}, progress);
}

Matrix TextClassifier::probabilities(std::span<const std::string> texts, std::span<const std::string> others,
                                     const std::function<void(std::int64_t)>& progress) const {
  const auto served = [&](Matrix& logits) {
    for (std::int64_t i = 0; i < logits.rows(); ++i) {
      const auto row = logits.row(i);
      if (model_->outcome == Outcome::kOneLabel) softmax(row);
      if (model_->outcome == Outcome::kManyLabels)
        for (float& x : row) x = 1 / (1 + std::exp(-x));
    }
  };
  return averaged(model_->members, texts, others, served, progress);
}

}  // namespace genre
