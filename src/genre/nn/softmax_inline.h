// Sums of vectors and the exponentials of softmax over a vector width of W bytes. No standard header; see
// genre/linalg/simd.h.
#pragma once

#include "genre/linalg/simd.h"
#include "genre/nn/kernels.h"

namespace genre::nn {

using linalg::load;
using linalg::store;
using linalg::VectorOf;

template <int W>
using Floats = typename VectorOf<float, W>::Type;

// One value from the lanes of a vector: of(low half, high half) until one lane is left.
template <int W, class Of>
inline __attribute__((always_inline)) float reduce_lanes(Floats<W> x, Of of) {
  if constexpr (W == 8) {
    return of(x[0], x[1]);
  } else {
    Floats<W / 2> halves[2];
    __builtin_memcpy(halves, &x, W);
    return reduce_lanes<W / 2>(of(halves[0], halves[1]), of);
  }
}

template <int W>
inline __attribute__((always_inline)) float sum_lanes(Floats<W> x) {
  return reduce_lanes<W>(
      x, [](auto a, auto b) __attribute__((always_inline)) { return a + b; });
}

template <int W>
inline __attribute__((always_inline)) float largest_lane(Floats<W> x) {
  return reduce_lanes<W>(
      x, [](auto a, auto b) __attribute__((always_inline)) { return a > b ? a : b; });
}

// Replaces a row of scores by e^(score - maximum) and returns 1 / their sum. Lanes past length become about 0.
template <int W>
inline __attribute__((always_inline)) float exponentiate(float* row, std::int64_t length) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  using Int = typename VectorOf<std::int32_t, W>::Type;
  Int lane{};
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) lane[i] = i;
  const Floats<W> lowest = -3e38f - Floats<W>{};
  const std::int64_t whole = length / kLanes * kLanes;
  Floats<W> largest = lowest;
  for (std::int64_t j = 0; j < whole; j += kLanes) {
    const Floats<W> x = load<float, W>(row + j);
    largest = x > largest ? x : largest;
  }
  Floats<W> tail = lowest;
  if (whole < length) {
    const Int rest = static_cast<std::int32_t>(length - whole) - Int{};
    tail = lane < rest ? load<float, W>(row + whole) : lowest;
    largest = tail > largest ? tail : largest;
  }
  const float maximum = largest_lane<W>(largest);
  Floats<W> sums{};
  for (std::int64_t j = 0; j < whole; j += kLanes) {
    const Floats<W> e = linalg::exp_negative<W>(load<float, W>(row + j) - maximum);
    store<float, W>(row + j, e);
    sums += e;
  }
  if (whole < length) {
    const Floats<W> e = linalg::exp_negative<W>(tail - maximum);
    store<float, W>(row + whole, e);
    sums += e;
  }
  return 1.0f / sum_lanes<W>(sums);
}

}  // namespace genre::nn
