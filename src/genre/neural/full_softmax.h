// Cross-entropy over a whole catalogue: which item comes next, by the product of a state with every item. Source of the
// use: Klenitskiy and Vasilev, "Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?" (RecSys 2023).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/linalg/matrix.h"

namespace genre::neural {

// Logits never exist for more than a few states at a time: at most kLogitBytes, or those of kFewestRows. One thread at
// a time packs; any number may compute.
class FullSoftmax {
 public:
  static constexpr std::int64_t kLogitBytes = std::int64_t{4} << 20, kFewestRows = 12;

  // Takes the items (I x D) over as they are now; before the first loss and after each change. `shift` (I, or empty: 0)
  // is added to the logits of each item.
  void pack(ConstMatrixView items, std::span<const float> shift = {});

  // The sum over t of -log softmax(states(t) . items + shift)[targets[t]]. d_states (T x D) becomes `factor` times its
  // gradient; d_items (I x D) gets that of the items added. left_out (T, or empty: none) names for each state an item
  // other than its target that takes no part. One thread.
  double loss(ConstMatrixView states, std::span<const std::int32_t> targets, float factor, MatrixView d_states,
              MatrixView d_items, std::span<const std::int32_t> left_out = {}) const;

 private:
  std::int64_t items_ = 0;
  std::vector<float> shift_;
  PackedMatrix by_item_, by_state_;  // D x I, I x D
};

}  // namespace genre::neural
