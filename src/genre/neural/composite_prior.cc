#include "genre/neural/composite_prior.h"

#include <algorithm>
#include <cmath>

namespace genre::neural {

// Densities leave out 1 / sqrt(2 pi), which both have.
double composite_divergence(const CompositePrior& prior, const Gaussians& from, const Gaussians& earlier,
                            ConstMatrixView codes, float factor, const GaussianGradients& gradients) {
  constexpr float kWide = 10;  // log variance
  const float log_standard = std::log(prior.standard), log_earlier = std::log(prior.earlier),
              log_wide = std::log(prior.wide) - kWide / 2, precision_wide = std::exp(-kWide);
  const std::int64_t count = codes.rows() * codes.cols();
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float z = codes.data()[i], off = z - earlier.mean.data()[i], noise = z - from.mean.data()[i],
                log_variance = from.log_variance.data()[i], of_earlier = earlier.log_variance.data()[i],
                precision = std::exp(-of_earlier);
    const float a = log_standard - z * z / 2, b = log_earlier - (of_earlier + off * off * precision) / 2,
                c = log_wide - z * z * precision_wide / 2, most = std::max({a, b, c});
    const float in_a = std::exp(a - most), in_b = std::exp(b - most), in_c = std::exp(c - most),
                all = in_a + in_b + in_c;
    sum -= (log_variance + noise * noise * std::exp(-log_variance)) / 2 + most + std::log(all);
    const float slope = (in_a * z + in_b * off * precision + in_c * z * precision_wide) / all;  // of -log prior by z
    gradients.mean.data()[i] += factor * slope;
    gradients.log_variance.data()[i] += factor * (slope * noise - 1) / 2;
  }
  return sum;
}

}  // namespace genre::neural
