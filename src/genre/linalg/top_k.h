// The k best of a row of scores, in ranking order: score descending, then index ascending.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace genre {

// A score that keeps an item out of every ranking.
inline constexpr float kMasked = -std::numeric_limits<float>::infinity();

struct ScoredIndex {
  std::int32_t index;
  float score;
  bool operator==(const ScoredIndex&) const = default;
};

// Fewer than k only where fewer scores are above kMasked. NaN counts as kMasked. One pass over the scores. One thread.
std::vector<ScoredIndex> top_k(std::span<const float> scores, int k);

// Keeps the k best entries of a list and puts them in the order of their indices, in place. Among equal scores the
// smaller indices stay.
void keep_best(std::vector<ScoredIndex>& entries, int k);

}  // namespace genre
