// The task `regress`: a number of a text, such as a rating, by least squares.
#pragma once

#include "genre/torch/labelled_task.h"

namespace genre::trainer {

class Regression : public LabelledTask {
 public:
  explicit Regression(const FinetuneConfig& config, const SharedEncoder& shared = {});
  std::string_view default_metric() const override { return "rmse"; }

 private:
  torch::Tensor loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const override;
  torch::Tensor divergence(const torch::Tensor& a, const torch::Tensor& b) const override;  // mean square
  // As number_values.
  Values values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const override;
  torch::Tensor targets(std::span<const std::int64_t> examples) const;

  std::vector<double> values_;  // N
};

}  // namespace genre::trainer
