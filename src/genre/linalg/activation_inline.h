// Activations of a vector of W bytes; the rules are those of genre/linalg/simd.h.
#pragma once

#include "genre/linalg/activation.h"
#include "genre/linalg/simd.h"

namespace genre::linalg {

// x Phi(x). erf by Abramowitz and Stegun, formula 7.1.26: absolute error at most 1.5e-7.
template <int W>
inline __attribute__((always_inline)) typename VectorOf<float, W>::Type gelu(typename VectorOf<float, W>::Type x) {
  using Vec = typename VectorOf<float, W>::Type;
  const Vec zero{};
  const Vec z = (x < zero ? -x : x) * 0.70710678f;
  const Vec t = 1.0f / (1.0f + 0.3275911f * z);
  Vec p = 1.061405429f - Vec{};
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const Vec tail = 0.5f * p * t * exp_negative<W>(-z * z);  // 1 - Phi(|x|)
  return x < zero ? x * tail : x - x * tail;
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
