// The innermost loops of nn, one set for each instruction set. Private to nn.
#pragma once

#include <cstdint>

namespace genre::nn {

// One head of self-attention over one sequence. q, k and v are length x size with one row stride.
struct AttentionHead {
  const float *q, *k, *v;
  std::int64_t stride;
  std::int64_t length, size;  // size is a multiple of kHeadMultiple
  float scale;
  float* out;  // length x size
  std::int64_t out_stride;
};

struct Kernels {
  void (*layer_norm)(float* x, std::int64_t rows, std::int64_t width, const float* gain, const float* shift,
                     float epsilon);
  // scratch: attention_scratch(length, size) floats.
  void (*attend)(const AttentionHead& head, float* scratch);
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

// The set that matches the products of linalg.
const Kernels& kernels();

}  // namespace genre::nn
