// Lion. Source: Chen et al., "Symbolic Discovery of Optimization Algorithms" (2023), algorithm 2.
#pragma once

#include "genre/optim/elementwise.h"

namespace genre {

class LionOptions : public OptimizerOptions {
 public:
  double beta1 = 0.9, beta2 = 0.99;
  std::string_view name() const override { return "lion"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Optimizer> build() const override;
  LearningRates learning_rates(Training training) const override;
};

class Lion : public ElementwiseOptimizer {
 public:
  explicit Lion(const LionOptions& options)
      : ElementwiseOptimizer({"momentum", ""}), beta1_(options.beta1), beta2_(options.beta2) {}

 private:
  void apply(const Elements& elements, const UpdateRule& rule) const override;
  double beta1_, beta2_;
};

}  // namespace genre
