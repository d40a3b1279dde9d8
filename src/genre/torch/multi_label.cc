#include "genre/torch/multi_label.h"

#include <torch/torch.h>

namespace genre::trainer {

MultiLabel::MultiLabel(const FinetuneConfig& config, const SharedEncoder& shared)
    : MultiLabel(config, shared, read_examples(config, labelled_columns("multi_label"))) {}
MultiLabel::MultiLabel(const FinetuneConfig& config, const SharedEncoder& shared, Examples&& examples)
    : MultiLabel(config, shared, many_labels(examples, config.finetune.label_separator, config.finetune.labels),
                 std::move(examples)) {}
MultiLabel::MultiLabel(const FinetuneConfig& config, const SharedEncoder& shared, const LabelNumbers& labels,
                       Examples&& examples)
    : LabelledTask(config, std::move(examples), labels.names, "multi_label_classification", shared), labels_(labels) {
  start_at_frequencies();
}

void MultiLabel::start_at_frequencies() {
  const torch::NoGradGuard no_graph;
  torch::Tensor& bias = head().output_bias().value;
  if (bias.count_nonzero().item<std::int64_t>() > 0) return;
  const auto train = this->examples().of(Part::kTrain);
  const torch::Tensor positive = targets({train.data(), train.size()}).sum(0) + 0.5;
  bias.copy_(torch::logit(positive / (static_cast<double>(train.size()) + 1)));
}

torch::Tensor MultiLabel::targets(std::span<const std::int64_t> examples) const {
  const auto labels = static_cast<std::int64_t>(labels_.names.size());
  torch::Tensor out = torch::zeros({static_cast<std::int64_t>(examples.size()), labels});
  float* row = out.data_ptr<float>();
  for (const std::int64_t i : examples) {
    for (const std::int32_t label : labels_.labels[i]) row[label] = 1;
    row += labels;
  }
  return out;
}

torch::Tensor MultiLabel::loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const {
  const double smoothing = config().finetune.regularisation.label_smoothing;
  const torch::Tensor wanted = targets(examples).to(logits.device()) * (1 - smoothing) + smoothing / 2;
  return weighted_mean(torch::binary_cross_entropy_with_logits(logits, wanted, {}, {}, at::Reduction::None).mean(1),
                       examples);
}

torch::Tensor MultiLabel::divergence(const torch::Tensor& a, const torch::Tensor& b) const {
  // Of two Bernoulli distributions both ways: (p - q) (logit p - logit q).
  return ((torch::sigmoid(a) - torch::sigmoid(b)) * (a - b)).sum(1).mean() / 2;
}

Values MultiLabel::values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const {
  std::vector<std::vector<std::int32_t>> truth;
  for (const std::int64_t i : examples) truth.push_back(labels_.labels[i]);
  return many_label_values(logits, truth);
}

}  // namespace genre::trainer
