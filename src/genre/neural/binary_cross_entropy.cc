#include "genre/neural/binary_cross_entropy.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace genre::neural {

namespace {

// The loss of one logit, which becomes `factor` times its gradient.
double lose(float logit, float label, float factor, float& d_logit) {
  const float small = std::exp(-std::abs(logit));
  const float sigma = (logit >= 0 ? 1.0f : small) / (1 + small);
  d_logit = factor * (sigma - label);
  return std::max(logit, 0.0f) - logit * label + std::log1p(small);
}

}  // namespace

double binary_cross_entropy(std::span<const float> logits, std::span<const float> labels, float factor,
                            std::span<float> d_logits) {
  assert(logits.size() == labels.size() && logits.size() == d_logits.size());
  double sum = 0;
  for (std::size_t t = 0; t < logits.size(); ++t) sum += lose(logits[t], labels[t], factor, d_logits[t]);
  return sum;
}

double binary_cross_entropy(std::span<const float> logits, float label, float factor, std::span<float> d_logits) {
  assert(logits.size() == d_logits.size());
  double sum = 0;
  for (std::size_t t = 0; t < logits.size(); ++t) sum += lose(logits[t], label, factor, d_logits[t]);
  return sum;
}

}  // namespace genre::neural
