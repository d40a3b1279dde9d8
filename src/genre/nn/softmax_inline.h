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

template <int W>
inline __attribute__((always_inline)) float sum_lanes(Floats<W> x) {
  float out = 0;
#pragma GCC unroll 16
  for (int lane = 0; lane < VectorOf<float, W>::kLanes; ++lane) out += x[lane];
  return out;
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
  float maximum = largest[0];
#pragma GCC unroll 16
  for (int i = 1; i < kLanes; ++i) maximum = largest[i] > maximum ? largest[i] : maximum;
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
