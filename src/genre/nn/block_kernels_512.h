// What the sets with vectors of 512 bits have in common, by intrinsics; `Set` keeps the instantiations of files apart.
#pragma once

#include "genre/nn/block_kernels_256.h"

namespace genre::nn {

// A whole panel in one vector. vpdpbusd multiplies unsigned by signed bytes and adds fours to 32 bits; signed weights
// are offset by 128, which the sum of the activations takes back.
template <class Set>
struct Vectors512 {
  using Ints = __m512i;
  using Floats = __m512;
  using Sum = __m512i;
  static constexpr int kLanes = 16;

  static Ints load(const char* from) { return _mm512_loadu_si512(from); }
  static Ints quad(const std::int8_t* from) { return _mm512_set1_epi32(*reinterpret_cast<const Unaligned*>(from)); }
  static Ints low_nibbles(Ints v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
  static Ints high_nibbles(Ints v) { return _mm512_and_si512(_mm512_srli_epi16(v, 4), _mm512_set1_epi8(15)); }
  static Sum zero() { return _mm512_setzero_si512(); }
  static void add_nibbles(Sum& sum, Ints q, Ints x) { sum = _mm512_dpbusd_epi32(sum, q, x); }
  static Ints nibble_sum(Sum sum) { return sum; }
  static Ints centred_nibble_sum(Sum sum, std::int32_t values) {
    return _mm512_sub_epi32(sum, _mm512_set1_epi32(8 * values));
  }
  static void add_bytes(Sum& sum, Ints w, Ints x) {
    sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(w, _mm512_set1_epi8(-128)), x);
  }
  static Ints byte_sum(Sum sum, std::int32_t values) { return _mm512_sub_epi32(sum, _mm512_set1_epi32(128 * values)); }

  static Floats half(const char* from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  static Floats broadcast(float value) { return _mm512_set1_ps(value); }
  static Floats to_floats(Ints v) { return _mm512_cvtepi32_ps(v); }
  static Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static Floats fused(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
  static void store(float* to, Floats v) { _mm512_storeu_ps(to, v); }

 private:
  using Unaligned __attribute__((aligned(1), may_alias)) = std::int32_t;
};

}  // namespace genre::nn
