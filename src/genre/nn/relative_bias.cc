#include "genre/nn/relative_bias.h"

#include <algorithm>
#include <cmath>

#include "genre/nn/kernels.h"

namespace genre::nn {

std::int64_t distance_bucket(std::int64_t distance, std::int64_t buckets, std::int64_t limit) {
  const std::int64_t half = buckets / 2, exact = half / 2, size = std::abs(distance);
  const std::int64_t first = distance > 0 ? half : 0;
  if (size < exact) return first + size;
  // In the steps and the type of the reference, whose rounding decides at the borders.
  const float steps = std::log(static_cast<float>(size) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(limit) / static_cast<double>(exact))) *
                      static_cast<float>(half - exact);
  return first + std::min(exact + static_cast<std::int64_t>(steps), half - 1);
}

Matrix relative_bias(ConstMatrixView table, std::int64_t length, std::int64_t limit) {
  Matrix out(table.cols(), 2 * length - 1 + kLaneLimit);
  for (std::int64_t distance = 1 - length; distance < length; ++distance) {
    const auto from = table.row(distance_bucket(distance, table.rows(), limit));
    for (std::int64_t head = 0; head < table.cols(); ++head) out.row(head)[distance + length - 1] = from[head];
  }
  return out;
}

std::int64_t bias_length(ConstMatrixView bias) { return (bias.cols() - kLaneLimit + 1) / 2; }

}  // namespace genre::nn
