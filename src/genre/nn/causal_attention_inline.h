// Causal attention over paged keys and values, a vector width of W bytes. No standard header; see genre/linalg/simd.h.
// Every sum of an output runs over positions or head elements in their order, so that no row depends on which others
// are computed with it.
#pragma once

#include "genre/nn/softmax_inline.h"

namespace genre::nn {

// R rows of scores against one page: V vectors of positions at a time.
template <int W, int R, int V>
inline __attribute__((always_inline)) void score_page(const float* const (&q)[R], std::int64_t size, const float* keys,
                                                      float scale, float* scores, std::int64_t padded) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  for (std::int64_t column = 0; column < kPagePositions; column += V * kLanes) {
    Floats<W> acc[R][V] = {};
    for (std::int64_t d = 0; d < size; ++d) {
      Floats<W> key[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) key[v] = load<float, W>(keys + d * kPagePositions + column + v * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) acc[r][v] += q[r][d] * key[v];
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) store<float, W>(scores + r * padded + column + v * kLanes, acc[r][v] * scale);
  }
}

// Columns [column, column + V vectors) of R outputs: the weighted sum of the values of all pages.
template <int W, int R, int V>
inline __attribute__((always_inline)) void mix_pages(const CachedAttention& head, const float* weights,
                                                     const float (&factor)[R], std::int64_t length,
                                                     float* const (&out)[R], std::int64_t column) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  Floats<W> acc[R][V] = {};
  for (std::int64_t begin = 0; begin < length; begin += kPagePositions) {
    const float* values = head.pages[begin / kPagePositions] + head.offset + kPagePositions * head.size + column;
    const std::int64_t end = begin + kPagePositions < length ? begin + kPagePositions : length;
    for (std::int64_t j = begin; j < end; ++j, values += head.size) {
      Floats<W> value[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) value[v] = load<float, W>(values + v * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) acc[r][v] += weights[r * head.padded + j] * value[v];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) store<float, W>(out[r] + column + v * kLanes, acc[r][v] * factor[r]);
}

template <int W, int R>
void attend_cached_rows(const CachedAttention& head, std::int64_t row, float* scores) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  const float* q[R];
  float* out[R];
  std::int64_t length[R];
  for (int r = 0; r < R; ++r) {
    const std::int64_t t = (row + r) / head.group, g = (row + r) % head.group;
    q[r] = head.queries + t * head.query_stride + g * head.size;
    out[r] = head.out + t * head.out_stride + g * head.size;
    length[r] = head.first + t + 1;
  }
  const std::int64_t longest = length[R - 1];
  for (std::int64_t begin = 0; begin < longest; begin += kPagePositions)
    score_page<W, R, 2>(q, head.size, head.pages[begin / kPagePositions] + head.offset, head.scale, scores + begin,
                        head.padded);
  float factor[R];
  for (int r = 0; r < R; ++r) {
    float* const weights = scores + r * head.padded;
    factor[r] = exponentiate<W>(weights, length[r]);
    for (std::int64_t j = length[r]; j < longest; ++j) weights[j] = 0;
  }
  std::int64_t column = 0;
  for (; column + 2 * kLanes <= head.size; column += 2 * kLanes)
    mix_pages<W, R, 2>(head, scores, factor, longest, out, column);
  for (; column < head.size; column += kLanes) mix_pages<W, R, 1>(head, scores, factor, longest, out, column);
}

template <int W>
void attend_cached(const CachedAttention& head, std::int64_t begin, std::int64_t end, float* scores) {
  std::int64_t row = begin;
  for (; row + 4 <= end; row += 4) attend_cached_rows<W, 4>(head, row, scores);
  if (row + 3 == end) attend_cached_rows<W, 3>(head, row, scores);
  if (row + 2 == end) attend_cached_rows<W, 2>(head, row, scores);
  if (row + 1 == end) attend_cached_rows<W, 1>(head, row, scores);
}

}  // namespace genre::nn
