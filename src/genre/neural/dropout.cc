#include "genre/neural/dropout.h"

#include <cassert>
#include <cmath>

namespace genre::neural {

void Dropout::apply(MatrixView x, double rate, RandomStream& random) {
  kept_.clear();
  scale_ = 1;
  const auto threshold = static_cast<std::uint32_t>(std::lround(rate * 65536));
  if (threshold == 0) return;
  scale_ = static_cast<float>(1 / (1 - rate));
  const auto count = static_cast<std::size_t>(x.rows() * x.cols());
  kept_.resize((count + 3) / 4 * 4);
  for (std::size_t i = 0; i < count; i += 4) {
    const std::uint64_t bits = random.next();
    for (int lane = 0; lane < 4; ++lane) kept_[i + lane] = (bits >> 16 * lane & 0xFFFF) >= threshold;
  }
  backward(x);
}

void Dropout::backward(MatrixView gradient) const {
  if (kept_.empty()) return;
  const std::int64_t count = gradient.rows() * gradient.cols();
  assert(count <= static_cast<std::int64_t>(kept_.size()));
  float* const values = gradient.data();
  for (std::int64_t i = 0; i < count; ++i) values[i] *= static_cast<float>(kept_[i]) * scale_;
}

}  // namespace genre::neural
