#include "genre/optim/lion.h"

namespace genre {

void LionOptions::fields(config::Fields& f) {
  OptimizerOptions::fields(f);
  f.number("beta1", beta1, {.minimum = 0, .maximum = 0.99999}, "share of the running mean in the step's direction");
  f.number("beta2", beta2, {.minimum = 0, .maximum = 0.99999}, "decay of the gradient's running mean");
}

std::unique_ptr<Optimizer> LionOptions::build() const { return std::make_unique<Lion>(*this); }

// A tenth to a third of Adam's, as the paper advises.
LearningRates LionOptions::learning_rates(Training training) const {
  switch (training) {
    case Training::kFineTuning:
      return {1e-5, 1e-7, 1e-4};
    case Training::kAdapter:
      return {1e-4, 1e-6, 1e-3};
    case Training::kFromScratch:
      return {2e-4, 1e-6, 1e-2};
  }
  return {};
}

void Lion::apply(const Elements& e, const UpdateRule& rule) const {
  const auto rate = static_cast<float>(rule.learning_rate), decay = static_cast<float>(rule.weight_decay),
             share = static_cast<float>(beta1_), keep = static_cast<float>(beta2_);
  for (std::size_t i = 0; i < e.n; ++i) {
    const float g = e.gradient[i], m = e.first[i], direction = share * m + (1 - share) * g;
    const auto sign = static_cast<float>((direction > 0) - (direction < 0));
    e.values[i] -= rate * (sign + decay * e.values[i]);
    e.first[i] = keep * m + (1 - keep) * g;
  }
}

}  // namespace genre
