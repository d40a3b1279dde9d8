#pragma once

#include <cstdint>
#include <span>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// The size of a head, D / heads, is a multiple of this.
inline constexpr std::int64_t kHeadMultiple = 16;

struct AttentionOptions {
  int heads = 1;
  // A token sees those at most so far from it, before and after; 0: all. Source: Beltagy et al., "Longformer" (2020).
  std::int64_t window = 0;
  ConstMatrixView bias = {};  // of relative_bias.h for sequences of this length at least, or none
  // What is multiplied may be rounded to bf16, which is faster where the processor multiplies such numbers.
  bool rounded = false;
};

// Multi-head self-attention over packed sequences. qkv is T x 3D: queries, keys, values, each split into equal heads.
// Sequence b is rows [offsets[b], offsets[b + 1]) and sees only itself; offsets has B + 1 elements, from 0 to T. out is
// T x D. One thread. Source: Vaswani et al., "Attention Is All You Need" (2017).
void self_attention(ConstMatrixView qkv, std::span<const std::int32_t> offsets, const AttentionOptions& options,
                    MatrixView out);

}  // namespace genre::nn
