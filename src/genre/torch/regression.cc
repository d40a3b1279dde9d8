#include "genre/torch/regression.h"

#include <torch/torch.h>

#include <cmath>

#include "genre/finetune/correlation.h"

namespace genre::trainer {

Regression::Regression(const FinetuneConfig& config)
    : LabelledTask(config, read_examples(config, {.other = ExampleColumns::Need::kOptional, .stratify = false}),
                   {"value"}, "regression"),
      values_(label_values(examples())) {
  // The head starts from the mean.
  double sum = 0;
  const auto train = examples().of(Part::kTrain);
  for (const std::int64_t i : train) sum += values_[i];
  numbers_of(head().output_bias().value)[0] = static_cast<float>(sum / static_cast<double>(train.size()));
}

torch::Tensor Regression::targets(std::span<const std::int64_t> examples) const {
  std::vector<float> out;
  for (const std::int64_t i : examples) out.push_back(static_cast<float>(values_[i]));
  return torch::tensor(out).unsqueeze(1);
}

torch::Tensor Regression::loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const {
  return torch::mse_loss(logits, targets(examples));
}

torch::Tensor Regression::divergence(const torch::Tensor& a, const torch::Tensor& b) const {
  return torch::mse_loss(a, b);
}

std::map<std::string, double> Regression::values_of(const torch::Tensor& logits,
                                                    std::span<const std::int64_t> examples) const {
  const torch::Tensor difference = (logits - targets(examples)).to(torch::kFloat64);
  const double square = difference.pow(2).mean().item<double>();
  std::vector<double> truth, found;
  const torch::Tensor flat = logits.contiguous();
  for (std::size_t i = 0; i < examples.size(); ++i) {
    truth.push_back(values_[examples[i]]);
    found.push_back(flat.data_ptr<float>()[i]);
  }
  return {{"loss", square},
          {"rmse", std::sqrt(square)},
          {"mae", difference.abs().mean().item<double>()},
          {"pearson", pearson(truth, found)},
          {"spearman", spearman(truth, found)}};
}

}  // namespace genre::trainer
