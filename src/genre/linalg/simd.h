// Vectors of W bytes from GCC vector types, for kernels that are compiled once for each instruction set: a source file
// has a width of its own, so no two share an instantiation. No standard header beside <cstdint> may be used here or in
// such kernels: an inline function compiled for AVX-512 must never be the one that the linker keeps for everybody.
#pragma once

#include <cstdint>

namespace genre::linalg {

template <class T, int W>
struct VectorOf {
  typedef T Type __attribute__((vector_size(W)));
  typedef T Unaligned __attribute__((vector_size(W), aligned(alignof(T)), may_alias));
  static constexpr int kLanes = W / static_cast<int>(sizeof(T));
};

template <class T, int W>
inline __attribute__((always_inline)) typename VectorOf<T, W>::Type load(const T* from) {
  return *reinterpret_cast<const typename VectorOf<T, W>::Unaligned*>(from);
}

template <class T, int W>
inline __attribute__((always_inline)) void store(T* to, typename VectorOf<T, W>::Type value) {
  *reinterpret_cast<typename VectorOf<T, W>::Unaligned*>(to) = value;
}

// e^x by 2^n times a degree-6 polynomial on [-ln 2 / 2, ln 2 / 2]; relative error below 3e-7 on [-87, 0].
template <int W>
inline __attribute__((always_inline)) typename VectorOf<float, W>::Type exp_negative(
    typename VectorOf<float, W>::Type x) {
  using Vec = typename VectorOf<float, W>::Type;
  typedef std::int32_t Int __attribute__((vector_size(W)));
  const Vec low = -87.0f - Vec{};
  x = x < low ? low : x;
  const Vec shift = 12582912.0f - Vec{};  // 1.5 * 2^23 rounds to the nearest integer
  const Vec n = (x * 1.44269504f + shift) - shift;
  const Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vec p = 1.0f / 720 - Vec{};
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const Int exponent = (__builtin_convertvector(n, Int) + 127) << 23;
  return p * (Vec)exponent;  // the bits, as GCC casts between vectors of one size
}

}  // namespace genre::linalg
