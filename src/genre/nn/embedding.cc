#include "genre/nn/embedding.h"

#include <cassert>

namespace genre::nn {

void embed(std::span<const std::int32_t> ids, std::span<const std::int32_t> offsets, ConstMatrixView words,
           ConstMatrixView positions, std::span<const float> type, MatrixView out) {
  assert(static_cast<std::int64_t>(ids.size()) == out.rows() && words.cols() == out.cols() &&
         positions.cols() == out.cols());
  const std::int64_t width = out.cols();
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    for (std::int32_t t = offsets[b]; t < offsets[b + 1]; ++t) {
      const float* const word = words.row(ids[t]).data();
      const float* const position = positions.row(t - offsets[b]).data();
      float* const to = out.row(t).data();
      for (std::int64_t d = 0; d < width; ++d) to[d] = word[d] + position[d] + type[d];
    }
  }
}

}  // namespace genre::nn
