// Adam and AdamW, as torch.optim has them. Sources: Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015);
// Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019).
#pragma once

#include "genre/optim/elementwise.h"

namespace genre {

struct AdamMoments {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  void fields(config::Fields& f);
};

class AdamOptions : public OptimizerOptions {
 public:
  AdamMoments moments;
  std::string_view name() const override { return "adam"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Optimizer> build() const override;
  LearningRates learning_rates(Training training) const override;
};

class AdamWOptions : public AdamOptions {
 public:
  std::string_view name() const override { return "adamw"; }
  std::unique_ptr<Optimizer> build() const override;
};

// Where weight decay acts: on the gradient, as L2 regularisation does, or on the weight.
enum class WeightDecay { kGradient, kDecoupled };

class Adam : public ElementwiseOptimizer {
 public:
  Adam(const AdamMoments& moments, WeightDecay decay);

 private:
  void apply(const Elements& elements, const UpdateRule& rule) const override;
  AdamMoments moments_;
  WeightDecay decay_;
};

}  // namespace genre
