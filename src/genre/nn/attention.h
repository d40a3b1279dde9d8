#pragma once

#include <cstdint>
#include <span>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// The size of a head, D / heads, is a multiple of this.
inline constexpr std::int64_t kHeadMultiple = 16;

// Multi-head self-attention without mask over packed sequences. qkv is T x 3D: queries, keys, values, each split into
// `heads` equal heads. Sequence b is rows [offsets[b], offsets[b + 1]) and sees only itself; offsets has B + 1
// elements, from 0 to T. out is T x D. One thread. Source: Vaswani et al., "Attention Is All You Need" (2017).
void self_attention(ConstMatrixView qkv, std::span<const std::int32_t> offsets, int heads, MatrixView out);

}  // namespace genre::nn
