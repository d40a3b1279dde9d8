// Kernel templates over a vector width of W bytes; the rules are those of genre/linalg/simd.h.
#pragma once

#include "genre/nn/causal_attention_inline.h"
#include "genre/nn/decoder_ops_inline.h"
#include "genre/nn/softmax_inline.h"

namespace genre::nn {

// Two passes, so that a large mean costs no digits of the variance.
template <int W>
void layer_norm(float* x, std::int64_t rows, std::int64_t width, const float* gain, const float* shift, float epsilon) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  const std::int64_t whole = width / kLanes * kLanes;
  for (std::int64_t r = 0; r < rows; ++r, x += width) {
    Floats<W> sum{};
    for (std::int64_t i = 0; i < whole; i += kLanes) sum += load<float, W>(x + i);
    float total = sum_lanes<W>(sum);
    for (std::int64_t i = whole; i < width; ++i) total += x[i];
    const float mean = total / static_cast<float>(width);

    Floats<W> squares{};
    for (std::int64_t i = 0; i < whole; i += kLanes) {
      const Floats<W> d = load<float, W>(x + i) - mean;
      squares += d * d;
    }
    float variance = sum_lanes<W>(squares);
    for (std::int64_t i = whole; i < width; ++i) variance += (x[i] - mean) * (x[i] - mean);
    const float factor = 1.0f / __builtin_sqrtf(variance / static_cast<float>(width) + epsilon);

    for (std::int64_t i = 0; i < whole; i += kLanes)
      store<float, W>(x + i,
                      (load<float, W>(x + i) - mean) * factor * load<float, W>(gain + i) + load<float, W>(shift + i));
    for (std::int64_t i = whole; i < width; ++i) x[i] = (x[i] - mean) * factor * gain[i] + shift[i];
  }
}

// R rows of scores by V vectors of keys: scores = scale * q k^T, with k transposed to size x padded.
template <int W, int R, int V>
inline __attribute__((always_inline)) void score_block(const float* const (&q)[R], std::int64_t size,
                                                       const float* k_transposed, std::int64_t padded, float scale,
                                                       float* scores) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  Floats<W> acc[R][V] = {};
  for (std::int64_t d = 0; d < size; ++d) {
    Floats<W> key[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) key[v] = load<float, W>(k_transposed + d * padded + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[r][v] += q[r][d] * key[v];
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) store<float, W>(scores + r * padded + v * kLanes, acc[r][v] * scale);
}

// R rows of the output by V vectors of the head: out = weights v, each row times its own factor.
template <int W, int R, int V>
inline __attribute__((always_inline)) void mix_block(const float* weights, std::int64_t padded,
                                                     const float (&factor)[R], const float* values, std::int64_t stride,
                                                     std::int64_t length, float* const (&out)[R], std::int64_t column) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  Floats<W> acc[R][V] = {};
  for (std::int64_t j = 0; j < length; ++j) {
    Floats<W> value[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) value[v] = load<float, W>(values + j * stride + column + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) acc[r][v] += weights[r * padded + j] * value[v];
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) store<float, W>(out[r] + column + v * kLanes, acc[r][v] * factor[r]);
}

// k (length x size) to size x padded. Columns past length are of no account.
inline __attribute__((always_inline)) void transpose_keys(const AttentionHead& head, std::int64_t padded, float* to) {
  typedef float Four __attribute__((vector_size(16)));
  for (std::int64_t j = 0; j < head.length; j += 4) {
    const float* key[4];
    for (int i = 0; i < 4; ++i) key[i] = head.k + (j + i < head.length ? j + i : head.length - 1) * head.stride;
    for (std::int64_t d = 0; d < head.size; d += 4) {
      const Four a = load<float, 16>(key[0] + d), b = load<float, 16>(key[1] + d), c = load<float, 16>(key[2] + d),
                 e = load<float, 16>(key[3] + d);
      const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5),
                 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const Four ce_low = __builtin_shufflevector(c, e, 0, 4, 1, 5),
                 ce_high = __builtin_shufflevector(c, e, 2, 6, 3, 7);
      float* const at = to + d * padded + j;
      store<float, 16>(at, __builtin_shufflevector(ab_low, ce_low, 0, 1, 4, 5));
      store<float, 16>(at + padded, __builtin_shufflevector(ab_low, ce_low, 2, 3, 6, 7));
      store<float, 16>(at + 2 * padded, __builtin_shufflevector(ab_high, ce_high, 0, 1, 4, 5));
      store<float, 16>(at + 3 * padded, __builtin_shufflevector(ab_high, ce_high, 2, 3, 6, 7));
    }
  }
}

// What is added to the scores of query i and hidden from it, over keys [begin, end).
template <int W>
inline __attribute__((always_inline)) void adjust_scores(const AttentionHead& head, std::int64_t i, std::int64_t begin,
                                                         std::int64_t end, float* scores) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  if (head.bias != nullptr)
    for (std::int64_t j = begin; j < end; j += kLanes)
      store<float, W>(scores + j, load<float, W>(scores + j) + load<float, W>(head.bias + (j - i)));
  constexpr float kHidden = -3e38f;
  for (std::int64_t j = begin; j < i - head.window; ++j) scores[j] = kHidden;
  for (std::int64_t j = i + head.window + 1; j < end; ++j) scores[j] = kHidden;
}

template <int W, int V>
void attend(const AttentionHead& head, float* scratch) {
  constexpr int kLanes = VectorOf<float, W>::kLanes, kRows = kAttentionRows;
  const std::int64_t padded = padded_length(head.length);
  float* const k_transposed = scratch;
  float* const scores = scratch + padded * head.size;
  transpose_keys(head, padded, k_transposed);
  for (std::int64_t first = 0; first < head.length; first += kRows) {
    const float* q[kRows];
    float* out[kRows];
    std::int64_t row[kRows];
    for (int r = 0; r < kRows; ++r) {  // past the end the last row is computed again
      row[r] = first + r < head.length ? first + r : head.length - 1;
      q[r] = head.q + row[r] * head.stride;
      out[r] = head.out + row[r] * head.out_stride;
    }
    // Keys that any of the rows sees, from a whole vector on.
    const std::int64_t begin = first > head.window ? (first - head.window) / kLanes * kLanes : 0;
    const std::int64_t last = row[kRows - 1] + head.window + 1, end = last < head.length ? last : head.length;
    std::int64_t j = begin;
    for (; j + kLanes < end; j += V * kLanes)
      score_block<W, kRows, V>(q, head.size, k_transposed + j, padded, head.scale, scores + j);
    if (j < end) score_block<W, kRows, 1>(q, head.size, k_transposed + j, padded, head.scale, scores + j);
    float factor[kRows];
    for (int r = 0; r < kRows; ++r) {
      float* const of_row = scores + r * padded;
      adjust_scores<W>(head, row[r], begin, end, of_row);
      factor[r] = exponentiate<W>(of_row + begin, end - begin);
    }
    const float* const values = head.v + begin * head.stride;
    std::int64_t column = 0;
    for (; column + V * kLanes <= head.size; column += V * kLanes)
      mix_block<W, kRows, V>(scores + begin, padded, factor, values, head.stride, end - begin, out, column);
    for (; column < head.size; column += kLanes)
      mix_block<W, kRows, 1>(scores + begin, padded, factor, values, head.stride, end - begin, out, column);
  }
}

template <int W>
constexpr Kernels make_kernels() {
  return {&layer_norm<W>, &attend<W, 2>, &rms_norm<W>, &rotate<W>, &exponentiate<W>, &activate<W>, &attend_cached<W>};
}

}  // namespace genre::nn
