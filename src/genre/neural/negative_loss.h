// Losses of what was chosen beside a few items that were drawn, for catalogues in which a softmax over all costs too
// much, with their gradients.
#pragma once

#include <cstdint>
#include <span>

#include "genre/linalg/matrix.h"

namespace genre::neural {

// With logits x = state . item, x_0 of the item that was chosen and x_1 to x_K of those that were drawn:
//
//   binary:   -(power ln sigma(x_0) + sum over n of ln sigma(-x_n)) / (1 + K)
//   pairwise: the mean over n of -ln sigma(x_0 - x_n); 0 where none was drawn
//
// Sources: binary with power 1, Kang and McAuley, "Self-Attentive Sequential Recommendation" (ICDM 2018); with less,
// Petrov and Macdonald, "gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative Sampling"
// (RecSys 2023); pairwise, Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback" (UAI 2009).
struct NegativeLoss {
  enum class Kind { kBinary, kPairwise };
  Kind kind = Kind::kBinary;
  double power = 1;  // that the probability of what was chosen is raised to; binary alone

  // The sum of the loss over states (T x D). choices is T x (1 + K), rows of items (I x D), what was chosen first; a
  // row may name an item more than once. d_states (T x D) becomes `factor` times its gradient; d_items (I x D) gets
  // that of the items added. One thread.
  double operator()(ConstMatrixView states, ConstMatrixView items, std::span<const std::int32_t> choices, float factor,
                    MatrixView d_states, MatrixView d_items) const;
};

// beta of Petrov and Macdonald for K items drawn evenly from the I - 1 that were not chosen: 1 - t (1 - a), where a is
// their share K / (I - 1), at most 1. t = 0 leaves the loss as it is; with t = 1 sigma(x) is a probability again.
double calibrated_power(std::int64_t drawn, std::int64_t items, double t);

}  // namespace genre::neural
