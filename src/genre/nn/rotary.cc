#include "genre/nn/rotary.h"

#include <cassert>
#include <cmath>

#include "genre/nn/kernels.h"

namespace genre::nn {

void rotary_angles(std::span<const std::int32_t> positions, std::span<const float> frequencies, MatrixView angles) {
  const auto half = static_cast<std::int64_t>(frequencies.size());
  assert(angles.rows() == static_cast<std::int64_t>(positions.size()) && angles.cols() == 2 * half);
  for (std::int64_t t = 0; t < angles.rows(); ++t) {
    float* const to = angles.row(t).data();
    for (std::int64_t i = 0; i < half; ++i) {
      const float angle = static_cast<float>(positions[t]) * frequencies[i];
      to[i] = std::cos(angle);
      to[half + i] = std::sin(angle);
    }
  }
}

void rotate(float* x, std::int64_t heads, std::span<const float> angles) {
  kernels().rotate(x, heads, static_cast<std::int64_t>(angles.size()), angles.data());
}

}  // namespace genre::nn
