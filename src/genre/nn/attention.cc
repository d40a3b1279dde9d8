#include "genre/nn/attention.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "genre/nn/bf16_attention.h"
#include "genre/nn/kernels.h"
#include "genre/nn/relative_bias.h"

namespace genre::nn {

void self_attention(ConstMatrixView qkv, std::span<const std::int32_t> offsets, const AttentionOptions& options,
                    MatrixView out) {
  const int heads = options.heads;
  const std::int64_t width = out.cols(), size = width / heads;
  assert(qkv.cols() == 3 * width && qkv.rows() == out.rows());
  assert(size * heads == width && size % kHeadMultiple == 0);
  assert(!offsets.empty() && offsets.front() == 0 && offsets.back() == qkv.rows());
  std::int64_t longest = 0;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
    longest = std::max<std::int64_t>(longest, offsets[b + 1] - offsets[b]);
  assert(options.bias.empty() || (options.bias.rows() == heads && bias_length(options.bias) >= longest));
  const Bf16Attend rounded = options.rounded ? bf16_attend() : nullptr;
  const auto attend = rounded != nullptr ? rounded : kernels().attend;
  std::vector<float> scratch(static_cast<std::size_t>(rounded != nullptr ? bf16_attention_scratch(longest, size)
                                                                         : attention_scratch(longest, size)));
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(size)));
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t first = offsets[b], length = offsets[b + 1] - first;
    if (length == 0) continue;
    for (int h = 0; h < heads; ++h) {
      const float* const q = qkv.data() + first * qkv.cols() + h * size;
      attend({.q = q,
              .k = q + width,
              .v = q + 2 * width,
              .stride = qkv.cols(),
              .length = length,
              .size = size,
              .scale = scale,
              .out = out.data() + first * width + h * size,
              .out_stride = width,
              .window = options.window == 0 ? length : options.window,
              .bias = options.bias.empty() ? nullptr : options.bias.row(h).data() + bias_length(options.bias) - 1},
             scratch.data());
    }
  }
}

}  // namespace genre::nn
