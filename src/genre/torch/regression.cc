#include "genre/torch/regression.h"

#include <torch/torch.h>

namespace genre::trainer {

Regression::Regression(const FinetuneConfig& config, const SharedEncoder& shared)
    : LabelledTask(config, read_examples(config, labelled_columns("regress")), {"value"}, "regression", shared),
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
  return weighted_mean((logits - targets(examples).to(logits.device())).pow(2).mean(1), examples);
}

torch::Tensor Regression::divergence(const torch::Tensor& a, const torch::Tensor& b) const {
  return torch::mse_loss(a, b);
}

Values Regression::values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const {
  std::vector<double> truth;
  for (const std::int64_t i : examples) truth.push_back(values_[i]);
  return number_values({logits.data(), static_cast<std::size_t>(logits.rows())}, truth);
}

}  // namespace genre::trainer
