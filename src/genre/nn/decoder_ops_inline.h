// Row operators of decoders over a vector width of W bytes. No standard header; see genre/linalg/simd.h.
#pragma once

#include "genre/linalg/activation_inline.h"
#include "genre/nn/softmax_inline.h"

namespace genre::nn {

template <int W>
void rms_norm(const float* x, std::int64_t rows, std::int64_t width, const float* gain, float epsilon, float* out) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  const std::int64_t whole = width / kLanes * kLanes;
  for (std::int64_t r = 0; r < rows; ++r, x += width, out += width) {
    Floats<W> squares{};
    for (std::int64_t i = 0; i < whole; i += kLanes) {
      const Floats<W> v = load<float, W>(x + i);
      squares += v * v;
    }
    float total = sum_lanes<W>(squares);
    for (std::int64_t i = whole; i < width; ++i) total += x[i] * x[i];
    const float factor = 1.0f / __builtin_sqrtf(total / static_cast<float>(width) + epsilon);
    for (std::int64_t i = 0; i < whole; i += kLanes)
      store<float, W>(out + i, load<float, W>(x + i) * factor * load<float, W>(gain + i));
    for (std::int64_t i = whole; i < width; ++i) out[i] = x[i] * factor * gain[i];
  }
}

// Element d and element d + size / 2 of each head turn by angle d: angles holds size / 2 cosines, then the sines.
template <int W>
void rotate(float* x, std::int64_t heads, std::int64_t size, const float* angles) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  const std::int64_t half = size / 2, whole = half / kLanes * kLanes;
  for (std::int64_t h = 0; h < heads; ++h, x += size) {
    for (std::int64_t i = 0; i < whole; i += kLanes) {
      const Floats<W> a = load<float, W>(x + i), b = load<float, W>(x + half + i);
      const Floats<W> c = load<float, W>(angles + i), s = load<float, W>(angles + half + i);
      store<float, W>(x + i, a * c - b * s);
      store<float, W>(x + half + i, b * c + a * s);
    }
    for (std::int64_t i = whole; i < half; ++i) {
      const float a = x[i], b = x[half + i];
      x[i] = a * angles[i] - b * angles[half + i];
      x[half + i] = b * angles[i] + a * angles[half + i];
    }
  }
}

template <int W, Activation A>
inline __attribute__((always_inline)) void activate_in_place(float* x, const float* factor, std::int64_t n) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  const Floats<W> one = 1.0f - Floats<W>{};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    store<float, W>(
        x + i, linalg::activate<W>(A, load<float, W>(x + i)) * (factor != nullptr ? load<float, W>(factor + i) : one));
  if (i == n) return;
  Floats<W> tail{}, times = one;
  for (std::int64_t j = i; j < n; ++j) {
    tail[j - i] = x[j];
    if (factor != nullptr) times[j - i] = factor[j];
  }
  tail = linalg::activate<W>(A, tail) * times;
  for (std::int64_t j = i; j < n; ++j) x[j] = tail[j - i];
}

template <int W>
void activate(Activation activation, float* x, const float* factor, std::int64_t n) {
  switch (activation) {
    case Activation::kGelu:
      return activate_in_place<W, Activation::kGelu>(x, factor, n);
    case Activation::kGeluTanh:
      return activate_in_place<W, Activation::kGeluTanh>(x, factor, n);
    case Activation::kRelu:
      return activate_in_place<W, Activation::kRelu>(x, factor, n);
    case Activation::kSilu:
      return activate_in_place<W, Activation::kSilu>(x, factor, n);
    case Activation::kTanh:
      return activate_in_place<W, Activation::kTanh>(x, factor, n);
    case Activation::kNone:
      return activate_in_place<W, Activation::kNone>(x, factor, n);
  }
}

}  // namespace genre::nn
