#include "genre/rec/replay.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "genre/base/random.h"

namespace genre {

Replay::Replay(std::vector<HistoryPiece> pieces, const Sequences& sequences, const CsrMatrix& interactions,
               std::span<const std::uint8_t> known, double share) {
  std::int64_t user = 0;  // pieces come user by user
  const auto seen = [&](std::int32_t item) {
    const auto row = interactions.row_indices(user);
    return known[interactions.offsets[user] + (std::ranges::lower_bound(row, item) - row.begin())] != 0;
  };
  for (const HistoryPiece& piece : pieces) {
    while (piece.begin >= sequences.offsets[user + 1]) ++user;
    const auto items = std::span(sequences.items).subspan(piece.begin, piece.end - piece.begin);
    (!known.empty() && std::ranges::all_of(items, seen) ? old_ : new_).push_back(piece);
  }
  replayed_ = std::llround(share * static_cast<double>(old_.size()));
}

std::span<const HistoryPiece> Replay::of_epoch(int epoch, std::uint64_t seed) {
  RandomStream random(seed, "pieces of epoch " + std::to_string(epoch));
  if (replayed_ == 0) {
    random.shuffle(std::span(new_));
    return new_;
  }
  random.shuffle(std::span(old_));
  together_.assign(new_.begin(), new_.end());
  together_.insert(together_.end(), old_.begin(), old_.begin() + replayed_);
  random.shuffle(std::span(together_));
  return together_;
}

}  // namespace genre
