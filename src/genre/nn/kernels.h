// The innermost loops of nn, one set for each instruction set. Private to nn.
#pragma once

#include <cstdint>

#include "genre/linalg/activation.h"

namespace genre::nn {

// One head of self-attention over one sequence. q, k and v are length x size with one row stride.
struct AttentionHead {
  const float *q, *k, *v;
  std::int64_t stride;
  std::int64_t length, size;  // size is a multiple of kHeadMultiple
  float scale;
  float* out;  // length x size
  std::int64_t out_stride;
  std::int64_t window;  // keys farther than this from a query are not seen
  const float* bias;    // or null: bias[j - i] is added to the score of query i and key j; kLaneLimit more are readable
};

inline constexpr std::int64_t kPagePositions = 32;  // kCachePage of causal_attention.h

// As CausalAttention of causal_attention.h.
struct CachedAttention {
  const float* const* pages;
  std::int64_t offset, size, group, first;
  const float* queries;
  std::int64_t query_stride;
  float* out;
  std::int64_t out_stride;
  float scale;
  std::int64_t padded;  // row stride of the scores: whole pages
};

struct Kernels {
  void (*layer_norm)(float* x, std::int64_t rows, std::int64_t width, const float* gain, const float* shift,
                     float epsilon);
  // scratch: attention_scratch(length, size) floats.
  void (*attend)(const AttentionHead& head, float* scratch);

  void (*rms_norm)(const float* x, std::int64_t rows, std::int64_t width, const float* gain, float epsilon, float* out);
  // angles: size / 2 cosines, then the sines.
  void (*rotate)(float* x, std::int64_t heads, std::int64_t size, const float* angles);
  // exponentiate() of softmax_inline.h.
  float (*exponentiate)(float* row, std::int64_t length);
  // x = activation(x) * factor; factor may be null (1).
  void (*activate)(Activation activation, float* x, const float* factor, std::int64_t n);
  // Rows [begin, end) of the T x G outputs. scores: kAttentionRows x padded floats.
  void (*attend_cached)(const CachedAttention& head, std::int64_t begin, std::int64_t end, float* scores);
};

inline constexpr std::int64_t kAttentionRows = 4, kLaneLimit = 16;  // queries at a time; floats of the widest vector

constexpr std::int64_t padded_length(std::int64_t length) {
  return (length + 2 * kLaneLimit - 1) / (2 * kLaneLimit) * 2 * kLaneLimit;
}
constexpr std::int64_t attention_scratch(std::int64_t length, std::int64_t size) {
  return padded_length(length) * (size + kAttentionRows);
}

const Kernels* portable_kernels();
const Kernels* avx2_kernels();    // null where the compiler has no such target
const Kernels* avx512_kernels();  // likewise

// The best that this processor and GENRE_CPU allow.
const Kernels& kernels();

}  // namespace genre::nn
