// Attention of each token to the tokens of its sequence, all of them or those up to itself, for sequences that lie one
// after the other, with its gradients. Source: Vaswani et al., "Attention Is All You Need" (2017).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/matrix.h"

namespace genre::neural {

class SelfAttention {
 public:
  // What the gradient needs of a pass: the weights of each sequence and head, L x L, row i up to what token i sees.
  struct Saved {
    std::vector<float> weights, dropped;  // before and after dropout
  };

  enum class Sees { kUpToItself, kAll };

  SelfAttention(int heads, double dropout, Sees sees) : heads_(heads), dropout_(dropout), sees_(sees) {}

  // qkv is T x 3 D, queries, keys and values side by side, heads one after the other in each; sequence b is rows
  // [offsets[b], offsets[b + 1]). out is T x D. `random` draws the dropout of weights; null: none. One thread.
  void forward(ConstMatrixView qkv, std::span<const std::int64_t> offsets, RandomStream* random, Saved& saved,
               MatrixView out) const;
  // The same in use for sequences that each come behind one and the same other, whose queries, keys and values are
  // `before` (P x 3 D): a token sees all of that and of its own sequence up to itself. Where tokens see all, the one
  // before would have to be read again, and this is not for it. One thread.
  void forward_behind(ConstMatrixView before, ConstMatrixView qkv, std::span<const std::int64_t> offsets,
                      MatrixView out) const;
  // d_qkv (T x 3 D) becomes the gradient of qkv for that of out.
  void backward(ConstMatrixView qkv, std::span<const std::int64_t> offsets, const Saved& saved, ConstMatrixView d_out,
                MatrixView d_qkv) const;

 private:
  // How many tokens of its sequence (L) token i attends to, from the first on.
  std::int64_t reach(std::int64_t i, std::int64_t length) const { return sees_ == Sees::kAll ? length : i + 1; }

  int heads_;
  double dropout_;
  Sees sees_;
};

}  // namespace genre::neural
