// Weighted means of a sequence's vectors up to each of them, with their gradients, in one pass over the tokens however
// long the sequence is. Source of the use, with learnt weights: Li et al., "Neural Attentive Session-based
// Recommendation" (CIKM 2017); the sums as in Rabe and Staats, "Self-attention Does Not Need O(n^2) Memory" (2021).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre::neural {

class RunningMean {
 public:
  // What the gradient needs of a pass.
  struct Saved {
    Matrix read, means;       // T x D; where there are scores
    std::vector<float> logs;  // T: log of the sum of exp(score) up to there
  };

  // x (T x D) to the means of rows up to each, by weights exp(scores) (T, or empty: all alike), in place; sequence b is
  // rows [offsets[b], offsets[b + 1]). One thread each.
  static void forward(MatrixView x, std::span<const float> scores, std::span<const std::int64_t> offsets, Saved& saved);
  // The gradient of the means becomes that of x, in place; d_scores (as long as scores) that of the scores.
  static void backward(MatrixView gradient, std::span<const float> scores, std::span<const std::int64_t> offsets,
                       const Saved& saved, std::span<float> d_scores);
};

}  // namespace genre::neural
