// Kernel templates of top_k.h. The rules of kernels_inline.h hold here.
#pragma once

#include "genre/linalg/kernels.h"
#include "genre/linalg/simd.h"

namespace genre::linalg {

constexpr float kLowest = -__builtin_inff();

template <int W>
void strided_maxima(const float* scores, std::int64_t n, float* maxima, std::int64_t groups) {
  constexpr int kLanes = VectorOf<float, W>::kLanes, kVectors = kScanBlock / kLanes;
  using Vec = typename VectorOf<float, W>::Type;
  for (std::int64_t g = 0; g < groups; g += kScanBlock) {
    Vec best[kVectors];
    for (int v = 0; v < kVectors; ++v) best[v] = kLowest - Vec{};
    std::int64_t i = g;
    for (; i + kScanBlock <= n; i += groups) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        const Vec x = load<float, W>(scores + i + v * kLanes);
        best[v] = x > best[v] ? x : best[v];
      }
    }
    for (int v = 0; v < kVectors; ++v) store<float, W>(maxima + g + v * kLanes, best[v]);
    for (std::int64_t j = i; j < n && j < i + kScanBlock; ++j)
      if (scores[j] > maxima[g + j - i]) maxima[g + j - i] = scores[j];
  }
}

template <int W>
std::int64_t next_block_above(const float* scores, std::int64_t n, std::int64_t from, float threshold) {
  constexpr int kLanes = VectorOf<float, W>::kLanes, kVectors = kScanBlock / kLanes;
  using Vec = typename VectorOf<float, W>::Type;
  using Int = typename VectorOf<std::int32_t, W>::Type;
  using Wide = typename VectorOf<std::int64_t, W>::Type;
  const Vec limit = threshold - Vec{};
  std::int64_t i = from;
  for (; i + kScanBlock <= n; i += kScanBlock) {
    Int any{};
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) any |= load<float, W>(scores + i + v * kLanes) > limit;
    const Wide wide = (Wide)any;
    std::int64_t hit = 0;
    for (int lane = 0; lane < kLanes / 2; ++lane) hit |= wide[lane];
    if (hit != 0) return i;
  }
  for (std::int64_t j = i; j < n; ++j)
    if (scores[j] > threshold) return i;
  return n;
}

}  // namespace genre::linalg
