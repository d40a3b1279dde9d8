#include "genre/optim/adam.h"

#include <cmath>

namespace genre {

void AdamMoments::fields(config::Fields& f) {
  f.number("beta1", beta1, {.minimum = 0, .maximum = 0.99999}, "decay of the gradient's running mean");
  f.number("beta2", beta2, {.minimum = 0, .maximum = 0.999999}, "decay of the running mean of its square");
  f.number("epsilon", epsilon, {.minimum = 0, .maximum = 1}, "added to the root of the latter");
}

void AdamOptions::fields(config::Fields& f) {
  OptimizerOptions::fields(f);
  moments.fields(f);
}

std::unique_ptr<Optimizer> AdamOptions::build() const {
  return std::make_unique<Adam>(moments, WeightDecay::kGradient);
}

std::unique_ptr<Optimizer> AdamWOptions::build() const {
  return std::make_unique<Adam>(moments, WeightDecay::kDecoupled);
}

LearningRates AdamOptions::learning_rates(Training training) const {
  switch (training) {
    case Training::kFineTuning:
      return {5e-5, 1e-6, 5e-4};
    case Training::kAdapter:
      return {5e-4, 1e-5, 5e-3};
    case Training::kFromScratch:
      return {1e-3, 1e-5, 1e-1};
  }
  return {};
}

Adam::Adam(const AdamMoments& moments, WeightDecay decay)
    : ElementwiseOptimizer({"first_moment", "second_moment"}), moments_(moments), decay_(decay) {}

void Adam::apply(const Elements& e, const UpdateRule& rule) const {
  const auto t = static_cast<double>(step());
  const auto beta1 = static_cast<float>(1 - moments_.beta1), beta2 = static_cast<float>(moments_.beta2),
             rest2 = static_cast<float>(1 - moments_.beta2), epsilon = static_cast<float>(moments_.epsilon);
  const auto rate = static_cast<float>(rule.learning_rate / (1 - std::pow(moments_.beta1, t)));
  const auto root = static_cast<float>(1 / std::sqrt(1 - std::pow(moments_.beta2, t)));
  const bool decoupled = decay_ == WeightDecay::kDecoupled;
  const auto shrink = static_cast<float>(decoupled ? 1 - rule.learning_rate * rule.weight_decay : 1.0);
  const auto decay = static_cast<float>(decoupled ? 0.0 : rule.weight_decay);
  for (std::size_t i = 0; i < e.n; ++i) {
    const float w = e.values[i] * shrink, g = e.gradient[i] + decay * e.values[i];
    const float m = e.first[i] += beta1 * (g - e.first[i]);
    const float v = e.second[i] = beta2 * e.second[i] + rest2 * g * g;
    e.values[i] = w - rate * m / (std::sqrt(v) * root + epsilon);
  }
}

}  // namespace genre
