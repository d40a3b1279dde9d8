#include "genre/nn/attention.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "genre/nn/kernels.h"

namespace genre::nn {

void self_attention(ConstMatrixView qkv, std::span<const std::int32_t> offsets, int heads, MatrixView out) {
  const std::int64_t width = out.cols(), size = width / heads;
  assert(qkv.cols() == 3 * width && qkv.rows() == out.rows());
  assert(size * heads == width && size % kHeadMultiple == 0);
  assert(!offsets.empty() && offsets.front() == 0 && offsets.back() == qkv.rows());
  std::int64_t longest = 0;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
    longest = std::max<std::int64_t>(longest, offsets[b + 1] - offsets[b]);
  std::vector<float> scratch(static_cast<std::size_t>(attention_scratch(longest, size)));
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(size)));
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t first = offsets[b], length = offsets[b + 1] - first;
    if (length == 0) continue;
    for (int h = 0; h < heads; ++h) {
      const float* const q = qkv.data() + first * qkv.cols() + h * size;
      kernels().attend(
          {q, q + width, q + 2 * width, qkv.cols(), length, size, scale, out.data() + first * width + h * size, width},
          scratch.data());
    }
  }
}

}  // namespace genre::nn
