// LAMB: Adam's direction, as long as the tensor itself. Source: You et al., "Large Batch Optimization for Deep
// Learning: Training BERT in 76 minutes" (2020), algorithm 2, with bias correction and the norm itself as phi.
#pragma once

#include "genre/optim/adam.h"

namespace genre {

class LambOptions : public OptimizerOptions {
 public:
  AdamMoments moments = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-6};
  std::string_view name() const override { return "lamb"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Optimizer> build() const override;
  LearningRates learning_rates(Training training) const override;
};

class Lamb : public Optimizer {
 public:
  explicit Lamb(const LambOptions& options) : moments_(options.moments) {}
  int add(std::int64_t rows, std::int64_t cols) override;
  void update(int tensor, std::span<float> values, std::span<const float> gradient, const UpdateRule& rule) override;
  std::vector<State> states() override;

 private:
  struct Tensor {
    std::vector<float> first, second;
  };
  AdamMoments moments_;
  std::vector<Tensor> tensors_;
  std::vector<float> direction_;
};

}  // namespace genre
