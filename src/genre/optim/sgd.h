// Stochastic gradient descent with momentum. Source: torch.optim.SGD, whose definition of momentum and of Nesterov's
// variant (Sutskever et al. 2013) this follows: v = momentum v + g; w -= rate v, or rate (g + momentum v).
#pragma once

#include "genre/optim/elementwise.h"

namespace genre {

class SgdOptions : public OptimizerOptions {
 public:
  double momentum = 0.9;
  bool nesterov = false;
  std::string_view name() const override { return "sgd"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Optimizer> build() const override;
  LearningRates learning_rates(Training training) const override;
};

// Weight decay is added to the gradient.
class Sgd : public ElementwiseOptimizer {
 public:
  explicit Sgd(const SgdOptions& options);

 private:
  void apply(const Elements& elements, const UpdateRule& rule) const override;
  double momentum_;
  bool nesterov_;
};

}  // namespace genre
