// What the sets with vectors of 256 bits have in common, by intrinsics; `Set` keeps the instantiations of files apart.
#pragma once

#include <immintrin.h>

#include "genre/nn/block_kernels_inline.h"

namespace genre::nn {

template <class Set>
struct Vectors256 {
  using Ints = __m256i;
  using Floats = __m256;
  using Sum = __m256i;
  static constexpr int kLanes = 8;
  static constexpr int kGroup = 6;

  static Ints load(const char* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
  static Ints quad(const std::int8_t* from) {
    return _mm256_castps_si256(_mm256_broadcast_ss(reinterpret_cast<const float*>(from)));
  }
  static Ints low_nibbles(Ints v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }
  static Ints high_nibbles(Ints v) { return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15)); }
  static Sum zero() { return _mm256_setzero_si256(); }
  static Ints centred_nibble_sum(Sum sum, std::int32_t values) {
    return _mm256_sub_epi32(Set::nibble_sum(sum), _mm256_set1_epi32(8 * values));
  }

  static Floats half(const char* from) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static Floats broadcast(float value) { return _mm256_set1_ps(value); }
  static Floats to_floats(Ints v) { return _mm256_cvtepi32_ps(v); }
  static Floats multiply(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
  static Floats fused(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
  static void store(float* to, Floats v) { _mm256_storeu_ps(to, v); }
};

template <class Set>
inline __attribute__((always_inline)) float largest_lane(__m256 v) {
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

template <class Set>
void quantise_row(const float* x, std::int64_t blocks, ActivationBlock* out, std::int64_t stride) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  for (std::int64_t b = 0; b < blocks; ++b, x += kBlock, out += stride) {
    const __m256 v0 = _mm256_loadu_ps(x), v1 = _mm256_loadu_ps(x + 8), v2 = _mm256_loadu_ps(x + 16),
                 v3 = _mm256_loadu_ps(x + 24);
    const float largest =
        largest_lane<Set>(_mm256_max_ps(_mm256_max_ps(_mm256_andnot_ps(sign, v0), _mm256_andnot_ps(sign, v1)),
                                        _mm256_max_ps(_mm256_andnot_ps(sign, v2), _mm256_andnot_ps(sign, v3))));
    const __m256 inverse = _mm256_set1_ps(largest > 0 ? 127.0f / largest : 0.0f);
    const __m256i i0 = _mm256_cvtps_epi32(_mm256_mul_ps(v0, inverse)),
                  i1 = _mm256_cvtps_epi32(_mm256_mul_ps(v1, inverse)),
                  i2 = _mm256_cvtps_epi32(_mm256_mul_ps(v2, inverse)),
                  i3 = _mm256_cvtps_epi32(_mm256_mul_ps(v3, inverse));
    const __m256i total = _mm256_add_epi32(_mm256_add_epi32(i0, i1), _mm256_add_epi32(i2, i3));
    const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(total), _mm256_extracti128_si256(total, 1));
    const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    const std::int32_t sum = _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
    // Packing works within halves of 128 bits; the permutation puts the fours of values back in order.
    const __m256i packed = _mm256_packs_epi16(_mm256_packs_epi32(i0, i1), _mm256_packs_epi32(i2, i3));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out->values),
                        _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
    const float scale = largest / 127.0f;
    out->scale = scale;
    out->scaled_sum = scale * static_cast<float>(sum);
    out->sum = sum;
    out->unused = 0;
  }
}

}  // namespace genre::nn
