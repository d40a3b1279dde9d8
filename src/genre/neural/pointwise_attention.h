// Attention of each token to those of its sequence up to itself, weighed one by one: a weight does not shrink because
// others grow, as under a softmax, so that how much a history says of something is not lost. Source: Zhai et al.,
// "Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for Generative Recommendations" (ICML
// 2024).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre::neural {

// out of token i = sum over j <= i of silu(q_i . k_j + bias[i - j]) / N v_j, for each head, with a bias for each
// distance below N. Sequences lie one after the other: b is rows [offsets[b], offsets[b + 1]), at most N of them.
struct PointwiseAttention {
  // What the gradient needs of a pass: for each sequence and head a triangle, i + 1 numbers of token i.
  struct Saved {
    std::vector<float> scores, weights;  // before and after the activation
  };

  // qkv is T x C, its first 3 D columns queries, keys and values, heads one after the other in each; bias is H x N, out
  // T x D. One thread.
  static void forward(ConstMatrixView qkv, std::span<const std::int64_t> offsets, ConstMatrixView bias, Saved& saved,
                      MatrixView out);
  // The first 3 D columns of d_qkv (T x C) become the gradient of those of qkv for that of out; d_bias (H x N) gets
  // that of bias added.
  static void backward(ConstMatrixView qkv, std::span<const std::int64_t> offsets, const Saved& saved,
                       ConstMatrixView d_out, MatrixView d_qkv, MatrixView d_bias);
};

}  // namespace genre::neural
