#include "genre/neural/binary_cross_entropy.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace genre::neural {

double binary_cross_entropy(std::span<const float> logits, std::span<const float> labels, float factor,
                            std::span<float> d_logits) {
  assert(logits.size() == labels.size() && logits.size() == d_logits.size());
  double sum = 0;
  for (std::size_t t = 0; t < logits.size(); ++t) {
    const float x = logits[t], small = std::exp(-std::abs(x));
    sum += std::max(x, 0.0f) - x * labels[t] + std::log1p(small);
    const float sigma = (x >= 0 ? 1.0f : small) / (1 + small);
    d_logits[t] = factor * (sigma - labels[t]);
  }
  return sum;
}

}  // namespace genre::neural
