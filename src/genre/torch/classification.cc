#include "genre/torch/classification.h"

#include <torch/torch.h>

#include "genre/base/error.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_classifier.h"

namespace genre::trainer {
namespace {

constexpr std::int64_t kIgnore = -100;  // torch's own; no label here

// Logarithms of the teacher's probabilities, which are its logits but for a number that is the same for a whole row.
torch::Tensor teacher_logits(const FinetuneConfig& config, std::span<const std::string> texts,
                             const std::vector<std::string>& labels) {
  LmOptions options;
  options.model = config.finetune.distil.teacher;
  const TextClassifier teacher(resolve_model(options.model), options);
  if (teacher.labels() != labels || teacher.multi_label())
    throw Error(ErrorCode::kConfig, "the teacher does not have the labels of the examples, one a text",
                "train it on the same labels", {.key = "finetune.distil.teacher"});
  const Matrix probabilities = teacher.probabilities(texts);
  return torch::from_blob(const_cast<float*>(probabilities.data()), {probabilities.rows(), probabilities.cols()})
      .clamp_min(1e-30)
      .log();
}

}  // namespace

Classification::Classification(const FinetuneConfig& config, const SharedEncoder& shared)
    : Classification(config, shared, read_examples(config, labelled_columns("classify"))) {}
Classification::Classification(const FinetuneConfig& config, const SharedEncoder& shared, Examples&& examples)
    : Classification(config, shared, one_label(examples, config.finetune.labels), std::move(examples)) {}
Classification::Classification(const FinetuneConfig& config, const SharedEncoder& shared, const LabelNumbers& labels,
                               Examples&& examples)
    : LabelledTask(config, std::move(examples), labels.names, "single_label_classification", shared) {
  for (const auto& one : labels.labels) labels_.push_back(one.front());
  if (!config.finetune.distil.teacher.empty()) teacher_ = teacher_logits(config, this->examples().texts, labels.names);
}

torch::Tensor Classification::targets(std::span<const std::int64_t> examples) const {
  std::vector<std::int64_t> out;
  for (const std::int64_t i : examples) out.push_back(labels_[i]);
  return torch::tensor(out, torch::kInt64);
}

torch::Tensor Classification::loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const {
  const torch::Tensor hard =
      weighted_mean(torch::cross_entropy_loss(logits, targets(examples).to(logits.device()), {}, at::Reduction::None,
                                              kIgnore, config().finetune.regularisation.label_smoothing),
                    examples);
  if (!teacher_.defined()) return hard;
  const double temperature = config().finetune.distil.temperature, share = config().finetune.distil.share;
  const torch::Tensor numbers =
      torch::tensor(std::vector<std::int64_t>(examples.begin(), examples.end()), torch::kInt64);
  const torch::Tensor wanted =
      torch::log_softmax(teacher_.index_select(0, numbers).to(logits.device()) / temperature, 1);
  const torch::Tensor given = torch::log_softmax(logits / temperature, 1);
  const torch::Tensor soft =
      weighted_mean((wanted.exp() * (wanted - given)).sum(1), examples) * temperature * temperature;
  return (1 - share) * hard + share * soft;
}

torch::Tensor Classification::divergence(const torch::Tensor& a, const torch::Tensor& b) const {
  const torch::Tensor log_a = torch::log_softmax(a, 1), log_b = torch::log_softmax(b, 1);
  return ((log_a.exp() - log_b.exp()) * (log_a - log_b)).sum(1).mean() / 2;
}

Values Classification::values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const {
  std::vector<std::int64_t> truth;
  for (const std::int64_t i : examples) truth.push_back(labels_[i]);
  return one_label_values(logits, truth);
}

}  // namespace genre::trainer
