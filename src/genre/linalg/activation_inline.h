// Activations of a vector of W bytes; the rules are those of genre/linalg/simd.h.
#pragma once

#include "genre/linalg/activation.h"
#include "genre/linalg/simd.h"

namespace genre::linalg {

// x Phi(x). Phi(x) is 1/2 + x P(2 x^2 / 5.25^2 - 1) on [-5.25, 5.25], beyond which it is 0 or 1: no division and no
// exponential. The error is at most 8e-7 max(1, |x Phi(x)|); tools/fit_gelu.py gives P.
template <int W>
inline __attribute__((always_inline)) typename VectorOf<float, W>::Type gelu(typename VectorOf<float, W>::Type x) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr float kP[] = {0.134659335f,   -0.0671263784f,  0.0496467724f,  -0.0397785604f,  0.0320232362f,
                          -0.0248958152f, 0.0185346249f,   -0.0133672953f, 0.00860065129f,  -0.00430214172f,
                          0.00234859879f, -0.00208950834f, 0.00127596117f, -0.000291384087f};
  constexpr float kLimit = 5.25f, kFactor = 2 / (kLimit * kLimit);
  const Vec high = kLimit - Vec{}, low = -kLimit - Vec{};
  Vec inside = x < low ? low : x;
  inside = inside > high ? high : inside;
  const Vec t = inside * inside * kFactor - 1.0f;
  // Fours of terms, then Horner's rule over them: a shorter chain of operations for each vector.
  const Vec t2 = t * t, t4 = t2 * t2;
  Vec p = kP[13] * t + kP[12];
#pragma GCC unroll 3
  for (int i = 8; i >= 0; i -= 4) p = p * t4 + ((kP[i + 3] * t + kP[i + 2]) * t2 + (kP[i + 1] * t + kP[i]));
  return x < low ? Vec{} : x * (inside * p + 0.5f);
}

template <int W>
inline __attribute__((always_inline)) typename VectorOf<float, W>::Type sigmoid(typename VectorOf<float, W>::Type x) {
  using Vec = typename VectorOf<float, W>::Type;
  const Vec zero{};
  const Vec e = exp_negative<W>(x < zero ? x : -x);
  const Vec one_side = 1.0f / (1.0f + e);
  return x < zero ? e * one_side : one_side;
}

template <int W>
inline __attribute__((always_inline)) typename VectorOf<float, W>::Type activate(Activation activation,
                                                                                 typename VectorOf<float, W>::Type x) {
  using Vec = typename VectorOf<float, W>::Type;
  const Vec zero{};
  switch (activation) {
    case Activation::kGelu:
      return gelu<W>(x);
    case Activation::kGeluTanh:  // (1 + tanh y) / 2 is the sigmoid of 2 y
      return x * sigmoid<W>(1.59576912f * (x + 0.044715f * x * x * x));
    case Activation::kRelu:
      return x > zero ? x : zero;
    case Activation::kSilu:
      return x * sigmoid<W>(x);
    case Activation::kTanh:
      return 2.0f * sigmoid<W>(2.0f * x) - 1.0f;
    case Activation::kNone:
      break;
  }
  return x;
}

}  // namespace genre::linalg
