#include "genre/neural/gaussian_code.h"

#include <cmath>

namespace genre::neural {

void draw_code(const Gaussians& from, RandomStream& random, MatrixView z) {
  const std::int64_t count = z.rows() * z.cols();
  for (std::int64_t i = 0; i < count; ++i)
    z.data()[i] = from.mean.data()[i] + std::exp(from.log_variance.data()[i] / 2) * static_cast<float>(random.normal());
}

void code_backward(const Gaussians& from, ConstMatrixView z, ConstMatrixView dz, const GaussianGradients& gradients) {
  const std::int64_t count = z.rows() * z.cols();
  for (std::int64_t i = 0; i < count; ++i) {
    gradients.mean.data()[i] = dz.data()[i];
    gradients.log_variance.data()[i] = dz.data()[i] * (z.data()[i] - from.mean.data()[i]) / 2;
  }
}

double standard_divergence(const Gaussians& from, float factor, const GaussianGradients& gradients) {
  const std::int64_t count = from.mean.rows() * from.mean.cols();
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float mean = from.mean.data()[i], log_variance = from.log_variance.data()[i],
                variance = std::exp(log_variance);
    sum += (mean * mean + variance - log_variance - 1) / 2;
    gradients.mean.data()[i] += factor * mean;
    gradients.log_variance.data()[i] += factor * (variance - 1) / 2;
  }
  return sum;
}

}  // namespace genre::neural
