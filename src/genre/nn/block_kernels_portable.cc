// Plain C++, and the description of what the other sets compute.
#include "genre/nn/block_kernels.h"
#include "genre/nn/blocks.h"

namespace genre::nn {
namespace {

void quantise_row(const float* x, std::int64_t blocks, ActivationBlock* out, std::int64_t stride) {
  constexpr float kShift = 12582912.0f;  // 1.5 * 2^23 rounds to the nearest integer
  for (std::int64_t b = 0; b < blocks; ++b, x += kBlock, out += stride) {
    float largest = 0;
    for (int i = 0; i < kBlock; ++i) {
      const float size = x[i] < 0 ? -x[i] : x[i];
      largest = size > largest ? size : largest;
    }
    const float inverse = largest > 0 ? 127.0f / largest : 0.0f;
    std::int32_t sum = 0;
    for (int i = 0; i < kBlock; ++i) {
      const auto value = static_cast<std::int32_t>((x[i] * inverse + kShift) - kShift);
      out->values[i] = static_cast<std::int8_t>(value);
      sum += value;
    }
    const float scale = largest / 127.0f;
    out->scale = scale;
    out->scaled_sum = scale * static_cast<float>(sum);
    out->sum = sum;
    out->unused = 0;
  }
}

template <PanelKind Kind>
void product(const std::byte* panel, std::int64_t blocks, const ActivationBlock* x, std::int64_t t, float* y,
             std::int64_t ldy, int rows) {
  for (std::int64_t i = 0; i < t; ++i, x += blocks, y += ldy) {
    float total[kPanelRows] = {};
    const std::byte* at = panel;
    for (std::int64_t b = 0; b < blocks; ++b, at += panel_block_bytes(Kind)) {
      std::int32_t dot[kPanelRows] = {};
      for (int j = 0; j < integer_bytes(Kind) / 64; ++j) {
        const std::byte* const vector = at + 64 * j;
        const std::int8_t* const low = x[b].values + 4 * j;
        for (int r = 0; r < kPanelRows; ++r) {
          for (int k = 0; k < 4; ++k) {
            const auto byte = static_cast<std::int32_t>(vector[4 * r + k]);
            if constexpr (Kind == PanelKind::k8Bit)
              dot[r] += static_cast<std::int8_t>(byte) * low[k];
            else
              dot[r] += (byte & 15) * low[k] + (byte >> 4) * low[16 + k];
          }
        }
      }
      const auto* const scales = reinterpret_cast<const std::uint16_t*>(at + integer_bytes(Kind));
      for (int r = 0; r < kPanelRows; ++r) {
        if constexpr (Kind == PanelKind::k4Bit) dot[r] -= 8 * x[b].sum;
        total[r] += static_cast<float>(dot[r]) * (from_half(scales[r]) * x[b].scale);
        if constexpr (Kind == PanelKind::k4BitMinimum) total[r] += from_half(scales[kPanelRows + r]) * x[b].scaled_sum;
      }
    }
    for (int r = 0; r < rows; ++r) y[r] = total[r];
  }
}

}  // namespace

const BlockKernels* portable_block_kernels() {
  static constexpr BlockKernels kKernels = {
      "portable",
      /*group=*/1,
      quantise_row,
      {product<PanelKind::k8Bit>, product<PanelKind::k4Bit>, product<PanelKind::k4BitMinimum>}};
  return &kKernels;
}

}  // namespace genre::nn
