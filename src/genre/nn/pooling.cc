#include "genre/nn/pooling.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace genre::nn {

void pool(Pooling pooling, ConstMatrixView states, std::span<const std::int32_t> offsets, MatrixView out) {
  assert(static_cast<std::int64_t>(offsets.size()) == out.rows() + 1 && states.cols() == out.cols());
  for (std::int64_t b = 0; b < out.rows(); ++b) {
    const auto to = out.row(b);
    std::ranges::copy(states.row(offsets[b]), to.begin());
    if (pooling == Pooling::kClass) continue;
    for (std::int32_t t = offsets[b] + 1; t < offsets[b + 1]; ++t) {
      const auto from = states.row(t);
      if (pooling == Pooling::kMaximum) {
        for (std::size_t d = 0; d < to.size(); ++d) to[d] = std::max(to[d], from[d]);
      } else {
        for (std::size_t d = 0; d < to.size(); ++d) to[d] += from[d];
      }
    }
    if (pooling == Pooling::kMaximum) continue;
    const auto length = static_cast<float>(offsets[b + 1] - offsets[b]);
    const float factor = 1.0f / (pooling == Pooling::kMean ? length : std::sqrt(length));
    for (float& x : to) x *= factor;
  }
}

void normalise_rows(MatrixView x) {
  for (std::int64_t r = 0; r < x.rows(); ++r) {
    double squares = 0;
    for (const float value : x.row(r)) squares += double{value} * value;
    const auto factor = static_cast<float>(1.0 / std::max(std::sqrt(squares), 1e-12));
    for (float& value : x.row(r)) value *= factor;
  }
}

}  // namespace genre::nn
