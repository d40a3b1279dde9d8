#include "genre/optim/adam.h"

#include <cmath>

// For a loop that gives the same bits at every vector width, since nothing in this file is contracted: the widest that
// the processor has is taken at run time. Sanitizers are not ready when it is chosen.
#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define GENRE_WIDEST_VECTORS __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define GENRE_WIDEST_VECTORS
#endif

namespace genre {
namespace {

struct AdamStep {
  float rest1, beta2, rest2, epsilon, rate, root, shrink, decay;
};

GENRE_WIDEST_VECTORS
void adam_step(float* __restrict values, const float* __restrict gradient, float* __restrict first,
               float* __restrict second, std::size_t n, const AdamStep& step) {
  const AdamStep s = step;
  for (std::size_t i = 0; i < n; ++i) {
    const float w = values[i] * s.shrink, g = gradient[i] + s.decay * values[i];
    const float m = first[i] += s.rest1 * (g - first[i]);
    const float v = second[i] = s.beta2 * second[i] + s.rest2 * g * g;
    values[i] = w - s.rate * m / (std::sqrt(v) * s.root + s.epsilon);
  }
}

}  // namespace

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
  const bool decoupled = decay_ == WeightDecay::kDecoupled;
  const AdamStep how{
      .rest1 = static_cast<float>(1 - moments_.beta1),
      .beta2 = static_cast<float>(moments_.beta2),
      .rest2 = static_cast<float>(1 - moments_.beta2),
      .epsilon = static_cast<float>(moments_.epsilon),
      .rate = static_cast<float>(rule.learning_rate / (1 - std::pow(moments_.beta1, t))),
      .root = static_cast<float>(1 / std::sqrt(1 - std::pow(moments_.beta2, t))),
      .shrink = static_cast<float>(decoupled ? 1 - rule.learning_rate * rule.weight_decay : 1.0),
      .decay = static_cast<float>(decoupled ? 0.0 : rule.weight_decay),
  };
  adam_step(e.values, e.gradient, e.first, e.second, e.n, how);
}

}  // namespace genre
