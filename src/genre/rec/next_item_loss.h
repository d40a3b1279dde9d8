// How what comes next is told from other items, while a model that reads histories is trained.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "genre/config/fields.h"
#include "genre/linalg/matrix.h"

namespace genre {

struct NextItemLossOptions {
  std::string name = "softmax";  // softmax, sampled_softmax, bce, gbce, bpr, none
  int negatives = 256;           // sampled_softmax: of a step; bce, gbce, bpr: of each item that is foretold
  double calibration = 0.75;     // gbce
  void fields(config::Fields& f);
  // Throws Error(kConfig) where a loss that is nothing without negatives has none.
  void check() const;
};

// The loss of a step, whose parts threads work on.
class NextItemLoss {
 public:
  virtual ~NextItemLoss() = default;

  // Takes over the vectors of items (I x D), which outlive the step, and all items that the step foretells. One thread.
  virtual void start(std::int64_t step, ConstMatrixView vectors, std::span<const std::int32_t> wanted) = 0;

  // The loss of these states (T x D), T above 0, of which state t foretells wanted[t]. d_states (T x D) becomes
  // `factor` times its gradient; d_items (I x D) gets that of the items added. One thread each part.
  virtual void compare(std::size_t part, ConstMatrixView states, std::span<const std::int32_t> wanted, float factor,
                       MatrixView d_states, MatrixView d_items) = 0;
};

// softmax: neural/full_softmax.h over all items.
// sampled_softmax: the same over the items that the step foretells and `negatives` that are drawn evenly, an item's
//   logit lowered by the log of the chance that a step looks at it. Sources: Bengio and Senécal, "Adaptive Importance
//   Sampling to Accelerate Training of a Neural Probabilistic Language Model" (2008); Yi et al.,
//   "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations" (RecSys 2019).
// bce, gbce, bpr: neural/negative_loss.h for each state, with `negatives` items drawn evenly, anew each step, from all
//   but the one that it foretells: items of the history may be drawn, and an item more than once.
// none: 0 for every state, where something else is learnt.
//
// counts (I): how often each item is in the data. The bits depend on the seed and the number of parts, not on threads.
std::unique_ptr<NextItemLoss> make_next_item_loss(const NextItemLossOptions& options,
                                                  std::span<const std::int64_t> counts, std::uint64_t seed, int parts);

// The most bytes that it holds beside two copies of all vectors, where a step foretells so many items.
std::int64_t next_item_loss_bytes(const NextItemLossOptions& options, std::int64_t items, std::int64_t width,
                                  std::int64_t foretold, int parts);

}  // namespace genre
