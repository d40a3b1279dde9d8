#include "genre/nn/pooling.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace genre::nn {

namespace {

// The weight of the token at a place of its sequence, for the poolings that are weighted sums.
float token_weight(Pooling pooling, std::int32_t place) {
  return pooling == Pooling::kWeightedMean ? static_cast<float>(place + 1) : 1.0f;
}

}  // namespace

void pool(Pooling pooling, ConstMatrixView states, std::span<const std::int32_t> offsets, std::int32_t skip,
          MatrixView out) {
  assert(static_cast<std::int64_t>(offsets.size()) == out.rows() + 1 && states.cols() == out.cols());
  for (std::int64_t b = 0; b < out.rows(); ++b) {
    const std::int32_t begin = offsets[b], end = offsets[b + 1], first = std::min(begin + skip, end - 1);
    const auto to = out.row(b);
    std::ranges::copy(states.row(pooling == Pooling::kLast ? end - 1 : first), to.begin());
    if (pooling == Pooling::kClass || pooling == Pooling::kLast) continue;
    if (pooling == Pooling::kMaximum) {
      for (std::int32_t t = first + 1; t < end; ++t) {
        const auto from = states.row(t);
        for (std::size_t d = 0; d < to.size(); ++d) to[d] = std::max(to[d], from[d]);
      }
      continue;
    }
    float total = token_weight(pooling, first - begin);
    for (float& x : to) x *= total;
    for (std::int32_t t = first + 1; t < end; ++t) {
      const auto from = states.row(t);
      const float weight = token_weight(pooling, t - begin);
      total += weight;
      for (std::size_t d = 0; d < to.size(); ++d) to[d] += weight * from[d];
    }
    const float factor = 1.0f / (pooling == Pooling::kMeanRootLength ? std::sqrt(total) : total);
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
