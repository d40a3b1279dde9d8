#include "genre/nn/bf16_attention.h"

#if defined(__AVX512BF16__)
#include <immintrin.h>

#include "genre/nn/kernels_inline.h"

namespace genre::nn {
namespace {

constexpr int kLanes = 16, kBytes = 64, kRows = kAttentionRows, kVectors = 2;

// Two bf16 numbers that vdpbf16ps multiplies together.
using Pair = std::int32_t;

inline __m256i rounded(const float* x) { return (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(x)); }

// Pair p of key j at to[p * padded + j].
void pair_keys(const AttentionHead& head, std::int64_t padded, Pair* to) {
  alignas(32) Pair pairs[kLanes / 2];
  for (std::int64_t j = 0; j < head.length; ++j) {
    for (std::int64_t d = 0; d < head.size; d += kLanes) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(pairs), rounded(head.k + j * head.stride + d));
      for (int p = 0; p < kLanes / 2; ++p) to[(d / 2 + p) * padded + j] = pairs[p];
    }
  }
}

// Element d of values 2p and 2p + 1 at to[p * size + d]; zeros behind the last.
void pair_values(const AttentionHead& head, Pair* to) {
  for (std::int64_t j = 0; j < head.length; j += 2) {
    const float* const value = head.v + j * head.stride;
    for (std::int64_t d = 0; d < head.size; d += kLanes) {
      const __m512i low = _mm512_cvtepu16_epi32(rounded(value + d));
      const __m512i high =
          j + 1 < head.length ? _mm512_cvtepu16_epi32(rounded(value + head.stride + d)) : _mm512_setzero_si512();
      _mm512_storeu_si512(to + j / 2 * head.size + d, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

// sums[r][v] = the products of `count` pairs of row r, from x + r * x_stride on, with the pairs that stand below each
// other in vector v of y.
template <int V>
inline __attribute__((always_inline)) void multiply_pairs(const Pair* x, std::int64_t x_stride, const Pair* y,
                                                          std::int64_t y_stride, std::int64_t count,
                                                          __m512 (&sums)[kRows][V]) {
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sums[r][v] = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < count; ++p) {
    __m512i below[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) below[v] = _mm512_loadu_si512(y + p * y_stride + v * kLanes);
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const __m512i pair = _mm512_set1_epi32(x[r * x_stride + p]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], (__m512bh)pair, (__m512bh)below[v]);
    }
  }
}

template <int V>
inline __attribute__((always_inline)) void score_pairs(const Pair* queries, const Pair* keys, std::int64_t padded,
                                                       const AttentionHead& head, float* scores) {
  __m512 sums[kRows][V];
  multiply_pairs<V>(queries, head.size / 2, keys, padded, head.size / 2, sums);
  const __m512 scale = _mm512_set1_ps(head.scale);
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) _mm512_storeu_ps(scores + r * padded + v * kLanes, _mm512_mul_ps(sums[r][v], scale));
}

template <int V>
inline __attribute__((always_inline)) void mix_pairs(const Pair* weights, std::int64_t stride, const Pair* values,
                                                     std::int64_t size, std::int64_t count,
                                                     const float (&factor)[kRows], float* const (&out)[kRows]) {
  __m512 sums[kRows][V];
  multiply_pairs<V>(weights, stride, values, size, count, sums);
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v)
      _mm512_storeu_ps(out[r] + v * kLanes, _mm512_mul_ps(sums[r][v], _mm512_set1_ps(factor[r])));
}

// As attend of kernels_inline.h.
void attend_rounded(const AttentionHead& head, float* scratch) {
  const std::int64_t padded = padded_length(head.length), half = head.size / 2;
  auto* const keys = reinterpret_cast<Pair*>(scratch);
  Pair* const values = keys + padded * half;
  Pair* const queries = values + padded * half;
  Pair* const weights = queries + kRows * half;
  auto* const scores = reinterpret_cast<float*>(weights + kRows * padded / 2);
  pair_keys(head, padded, keys);
  pair_values(head, values);
  for (std::int64_t first = 0; first < head.length; first += kRows) {
    std::int64_t row[kRows];
    float* out[kRows];
    for (int r = 0; r < kRows; ++r) {  // past the end the last row is computed again
      row[r] = first + r < head.length ? first + r : head.length - 1;
      out[r] = head.out + row[r] * head.out_stride;
      for (std::int64_t d = 0; d < head.size; d += kLanes)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(queries + r * half + d / 2),
                            rounded(head.q + row[r] * head.stride + d));
    }
    // Keys that any of the rows sees, from a whole vector on.
    const std::int64_t begin = first > head.window ? (first - head.window) / kLanes * kLanes : 0;
    const std::int64_t last = row[kRows - 1] + head.window + 1, end = last < head.length ? last : head.length;
    std::int64_t j = begin;
    for (; j + kLanes < end; j += kVectors * kLanes) score_pairs<kVectors>(queries, keys + j, padded, head, scores + j);
    if (j < end) score_pairs<1>(queries, keys + j, padded, head, scores + j);
    float factor[kRows];
    for (int r = 0; r < kRows; ++r) {
      float* const of_row = scores + r * padded;
      adjust_scores<kBytes>(head, row[r], begin, end, of_row);
      factor[r] = exponentiate<kBytes>(of_row + begin, end - begin);
      for (j = begin; j < end; j += kLanes)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(weights + (r * padded + j) / 2), rounded(of_row + j));
    }
    const std::int64_t count = (end - begin + 1) / 2;
    const Pair* const seen = values + begin / 2 * head.size;
    std::int64_t d = 0;
    const auto mix = [&]<int V>() __attribute__((always_inline)) {
      float* const at[kRows] = {out[0] + d, out[1] + d, out[2] + d, out[3] + d};
      mix_pairs<V>(weights + begin / 2, padded / 2, seen + d, head.size, count, factor, at);
      d += V * kLanes;
    };
    while (d + kVectors * kLanes <= head.size) mix.template operator()<kVectors>();
    if (d < head.size) mix.template operator()<1>();
  }
}

}  // namespace

Bf16Attend avx512bf16_attend() { return &attend_rounded; }

}  // namespace genre::nn
#else
namespace genre::nn {
Bf16Attend avx512bf16_attend() { return nullptr; }
}  // namespace genre::nn
#endif
