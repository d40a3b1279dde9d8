// What a step of training reads of histories, and which items it must foretell from that.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/base/random.h"
#include "genre/rec/history_pass.h"
#include "genre/rec/sequences.h"

namespace genre {

// Events [begin, end) of Sequences::items.
struct HistoryPiece {
  std::int64_t begin, end;
};

// Pieces of at most `events` events, of each user the newest first, the next one starting `stride` events before; those
// of a single event, which foretells nothing, are left out.
std::vector<HistoryPiece> history_pieces(const Sequences& sequences, std::int64_t events, std::int64_t stride);

struct NextItemExamples : ReadSequences {
  std::vector<std::int32_t> wanted;  // M: the items that the states asked for foretell

  void clear();
  // Reads all but the last of `items` (two or more); each foretells the one behind it.
  void add_next(std::span<const std::int32_t> items);
  // Reads all of `items`; those that are masked are foretold: each with the chance `mask_rate`, at least one, and one
  // time in ten the last alone, which is what is asked in use. Source: Sun et al., "BERT4Rec: Sequential Recommendation
  // with Bidirectional Encoder Representations from Transformer" (CIKM 2019).
  void add_masked(std::span<const std::int32_t> items, double mask_rate, RandomStream& random);

 private:
  void ask(std::int64_t token, std::int32_t item);
};

}  // namespace genre
