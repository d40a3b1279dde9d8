#include "genre/neural/activation_gradient.h"

#include <algorithm>
#include <array>

#include "genre/nn/gated_activation.h"

namespace genre::neural {

void activation_backward(Activation activation, ConstMatrixView x, MatrixView gradient) {
  assert(activation == Activation::kTanh || activation == Activation::kSilu || activation == Activation::kRelu);
  constexpr std::int64_t kBlock = 512;
  std::array<float, kBlock> t;
  const std::int64_t count = x.rows() * x.cols();
  if (activation == Activation::kRelu) {
    for (std::int64_t i = 0; i < count; ++i)
      if (x.data()[i] <= 0) gradient.data()[i] = 0;
    return;
  }
  for (std::int64_t first = 0; first < count; first += kBlock) {
    const std::int64_t n = std::min(kBlock, count - first);
    const float* const from = x.data() + first;
    float* const to = gradient.data() + first;
    if (activation == Activation::kTanh) {
      std::copy_n(from, n, t.begin());
      nn::activate(Activation::kTanh, t.data(), n);
      for (std::int64_t i = 0; i < n; ++i) to[i] *= 1 - t[i] * t[i];
    } else {
      for (std::int64_t i = 0; i < n; ++i) t[i] = from[i] / 2;
      nn::activate(Activation::kTanh, t.data(), n);
      for (std::int64_t i = 0; i < n; ++i) {
        const float sigmoid = 0.5f + 0.5f * t[i];
        to[i] *= sigmoid * (1 + from[i] * (1 - sigmoid));
      }
    }
  }
}

}  // namespace genre::neural
