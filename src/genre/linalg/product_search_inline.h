// Kernel template of product_search.h. The rules of kernels_inline.h hold here.
#pragma once

#include "genre/linalg/kernels.h"
#include "genre/linalg/simd.h"

namespace genre::linalg {

// A vector of 32-bit numbers holds four codes in each; lifted to the highest byte, a code is itself times 2^24, whose
// conversion is exact.
template <int W>
void coded_products(const std::int8_t* codes, std::int64_t panels, std::int64_t depth, const float* x,
                    const float* scale, const float* slack, float length, float* out) {
  constexpr int kLanes = VectorOf<float, W>::kLanes, kAtOnce = W < 32 ? 1 : kCodePanel / W;
  constexpr float kUnit = 1.0f / (1 << 24);
  using Vec = typename VectorOf<float, W>::Type;
  using Int = typename VectorOf<std::int32_t, W>::Type;
  const Int high = static_cast<std::int32_t>(0xFF000000) - Int{};
  for (std::int64_t p = 0; p < panels; ++p) {
    for (int first = 0; first < kCodePanel; first += kAtOnce * W) {
      Vec sums[kAtOnce][4] = {};
      const std::int8_t* from = codes + first;
      for (std::int64_t k = 0; k < depth; ++k, from += kCodePanel) {
        const Vec factor = x[k] - Vec{};
#pragma GCC unroll 4
        for (int c = 0; c < kAtOnce; ++c) {
          const Int four = (Int)load<std::int8_t, W>(from + c * W);
          sums[c][0] += factor * __builtin_convertvector(four << 24, Vec);
          sums[c][1] += factor * __builtin_convertvector((four << 16) & high, Vec);
          sums[c][2] += factor * __builtin_convertvector((four << 8) & high, Vec);
          sums[c][3] += factor * __builtin_convertvector(four & high, Vec);
        }
      }
#pragma GCC unroll 4
      for (int c = 0; c < kAtOnce; ++c)
#pragma GCC unroll 4
        for (int b = 0; b < 4; ++b) {
          const int row = b * (kCodePanel / 4) + first / 4 + c * kLanes;
          const Vec least = sums[c][b] * (load<float, W>(scale + row) * kUnit) - length * load<float, W>(slack + row);
          store<float, W>(out + row, least);
        }
    }
    codes += depth * kCodePanel;
    out += kCodePanel;
    scale += kCodePanel;
    slack += kCodePanel;
  }
}

}  // namespace genre::linalg
