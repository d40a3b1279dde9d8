// Kernel templates of stochastic gradient steps on factor vectors, see kernels_inline.h.
#pragma once

#include <cstdint>

#include "genre/linalg/simd.h"

namespace genre::linalg {

// Steps may race on purpose (rec/bpr.h, order = "unordered").
#define GENRE_MAY_RACE __attribute__((no_sanitize("thread")))

template <int W>
GENRE_MAY_RACE float pair_difference(const float* u, const float* i, const float* j, std::int64_t n) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  Vec sums[2] = {};
  std::int64_t d = 0;
  for (; d + 2 * kLanes <= n; d += 2 * kLanes)
#pragma GCC unroll 2
    for (int t = 0; t < 2; ++t)
      sums[t] += load<float, W>(u + d + t * kLanes) *
                 (load<float, W>(i + d + t * kLanes) - load<float, W>(j + d + t * kLanes));
  const Vec sum = sums[0] + sums[1];
  float out = 0;
  for (int lane = 0; lane < kLanes; ++lane) out += sum[lane];
  for (; d < n; ++d) out += u[d] * (i[d] - j[d]);
  return out;
}

template <int W>
GENRE_MAY_RACE void pair_step(float* u, float* i, float* j, std::int64_t n, float step, float decay) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  const float keep = 1 - decay;
  std::int64_t d = 0;
  for (; d + kLanes <= n; d += kLanes) {
    const Vec a = load<float, W>(u + d), b = load<float, W>(i + d), c = load<float, W>(j + d), move = step * a;
    store<float, W>(u + d, keep * a + step * (b - c));
    store<float, W>(i + d, keep * b + move);
    store<float, W>(j + d, keep * c - move);
  }
  for (; d < n; ++d) {
    const float a = u[d], b = i[d], c = j[d];
    u[d] = keep * a + step * (b - c);
    i[d] = keep * b + step * a;
    j[d] = keep * c - step * a;
  }
}

template <int W>
GENRE_MAY_RACE void point_step(float* u, float* i, std::int64_t n, float step, float decay) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  const float keep = 1 - decay;
  std::int64_t d = 0;
  for (; d + kLanes <= n; d += kLanes) {
    const Vec a = load<float, W>(u + d), b = load<float, W>(i + d);
    store<float, W>(u + d, keep * a + step * b);
    store<float, W>(i + d, keep * b + step * a);
  }
  for (; d < n; ++d) {
    const float a = u[d], b = i[d];
    u[d] = keep * a + step * b;
    i[d] = keep * b + step * a;
  }
}

#undef GENRE_MAY_RACE

}  // namespace genre::linalg
