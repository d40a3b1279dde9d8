#include "genre/torch/classification.h"

#include <torch/torch.h>

namespace genre::trainer {
namespace {

constexpr std::int64_t kIgnore = -100;  // torch's own; no label here

}  // namespace

Classification::Classification(const FinetuneConfig& config) : Classification(config, read_examples(config, {})) {}
Classification::Classification(const FinetuneConfig& config, Examples&& examples)
    : Classification(config, one_label(examples), std::move(examples)) {}
Classification::Classification(const FinetuneConfig& config, const LabelNumbers& labels, Examples&& examples)
    : LabelledTask(config, std::move(examples), labels.names, "single_label_classification") {
  for (const auto& one : labels.labels) labels_.push_back(one.front());
}

torch::Tensor Classification::targets(std::span<const std::int64_t> examples) const {
  std::vector<std::int64_t> out;
  for (const std::int64_t i : examples) out.push_back(labels_[i]);
  return torch::tensor(out, torch::kInt64);
}

torch::Tensor Classification::loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const {
  return torch::cross_entropy_loss(logits, targets(examples), {}, at::Reduction::Mean, kIgnore,
                                   config().finetune.regularisation.label_smoothing);
}

torch::Tensor Classification::divergence(const torch::Tensor& a, const torch::Tensor& b) const {
  const torch::Tensor log_a = torch::log_softmax(a, 1), log_b = torch::log_softmax(b, 1);
  return ((log_a.exp() - log_b.exp()) * (log_a - log_b)).sum(1).mean() / 2;
}

std::map<std::string, double> Classification::values_of(const torch::Tensor& logits,
                                                        std::span<const std::int64_t> examples) const {
  const std::int64_t labels = logits.size(1);
  const torch::Tensor truth = targets(examples), found = logits.argmax(1);
  const auto counted = [&](const torch::Tensor& of) { return torch::bincount(of, {}, labels).to(torch::kFloat64); };
  const torch::Tensor right = counted(truth.masked_select(truth == found)), both = counted(truth) + counted(found);
  const torch::Tensor seen = both > 0;
  return {{"loss", torch::cross_entropy_loss(logits, truth).item<double>()},
          {"accuracy", right.sum().item<double>() / static_cast<double>(examples.size())},
          {"macro_f1", (2 * right.masked_select(seen) / both.masked_select(seen)).mean().item<double>()}};
}

}  // namespace genre::trainer
