#include "genre/torch/multi_label.h"

#include <torch/torch.h>

namespace genre::trainer {

MultiLabel::MultiLabel(const FinetuneConfig& config)
    : MultiLabel(config, read_examples(config, {.label = ExampleColumns::Need::kOptional})) {}
MultiLabel::MultiLabel(const FinetuneConfig& config, Examples&& examples)
    : MultiLabel(config, many_labels(examples, config.finetune.label_separator), std::move(examples)) {}
MultiLabel::MultiLabel(const FinetuneConfig& config, const LabelNumbers& labels, Examples&& examples)
    : LabelledTask(config, std::move(examples), labels.names, "multi_label_classification"), labels_(labels) {}

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
  return torch::binary_cross_entropy_with_logits(logits, targets(examples) * (1 - smoothing) + smoothing / 2);
}

torch::Tensor MultiLabel::divergence(const torch::Tensor& a, const torch::Tensor& b) const {
  // Of two Bernoulli distributions both ways: (p - q) (logit p - logit q).
  return ((torch::sigmoid(a) - torch::sigmoid(b)) * (a - b)).sum(1).mean() / 2;
}

std::map<std::string, double> MultiLabel::values_of(const torch::Tensor& logits,
                                                    std::span<const std::int64_t> examples) const {
  const torch::Tensor truth = targets(examples), found = (logits > 0).to(torch::kFloat32);
  const torch::Tensor right = (truth * found).sum(0, false, torch::kFloat64),
                      both = (truth + found).sum(0, false, torch::kFloat64);
  const torch::Tensor seen = both > 0;
  const double all = both.sum().item<double>();
  return {{"loss", torch::binary_cross_entropy_with_logits(logits, truth).item<double>()},
          {"accuracy", (truth == found).all(1).to(torch::kFloat64).mean().item<double>()},
          {"micro_f1", all > 0 ? 2 * right.sum().item<double>() / all : 0},
          {"macro_f1", all > 0 ? (2 * right / both).masked_select(seen).mean().item<double>() : 0}};
}

}  // namespace genre::trainer
