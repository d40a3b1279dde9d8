// Which pieces of histories an epoch visits where training goes on from an earlier model: all that hold an event which
// that model has not seen, and a share of the others, so that what it knows is not forgotten. Source: Rolnick, Ahuja,
// Schwarz, Lillicrap and Wayne, "Experience Replay for Continual Learning" (NeurIPS 2019).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/csr.h"
#include "genre/rec/next_item_examples.h"

namespace genre {

class Replay {
 public:
  // `pieces` of `sequences`, whose items are those of `interactions` by user; `known` is aligned with
  // interactions.indices, 1 where the event has been seen, or empty: none has.
  Replay(std::vector<HistoryPiece> pieces, const Sequences& sequences, const CsrMatrix& interactions,
         std::span<const std::uint8_t> known, double share);

  // Of an epoch, the same number in each.
  std::int64_t size() const { return std::ssize(new_) + replayed_; }
  // In random order, those to be replayed drawn anew; valid until the next call. Epochs are asked for in their order.
  std::span<const HistoryPiece> of_epoch(int epoch, std::uint64_t seed);

 private:
  std::vector<HistoryPiece> new_, old_, together_;
  std::int64_t replayed_;
};

}  // namespace genre
