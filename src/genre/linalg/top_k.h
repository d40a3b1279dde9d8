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

// The order of rankings.
inline bool ranks_before(const ScoredIndex& a, const ScoredIndex& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

// Which of all that have a score are asked for.
struct RankOptions {
  int k = 10;
  std::span<const std::int32_t> exclude = {};   // indices in any order, such as what the user has seen
  std::span<const std::uint8_t> eligible = {};  // a flag for each, or empty: all
};

// Fewer than k only where fewer scores are above kMasked. NaN counts as kMasked. One thread. The k-th largest of many
// disjoint groups' maxima is a lower bound of the k-th largest score, so two vector passes leave little to sort.
std::vector<ScoredIndex> top_k(std::span<const float> scores, int k);

// The same entries in the order of their indices, for less.
std::vector<ScoredIndex> top_k_by_index(std::span<const float> scores, int k);

// The indices whose score is above the threshold, ascending. One thread.
std::vector<std::int32_t> find_above(std::span<const float> scores, float threshold);

// The indices from `first` on whose score is `value`, ascending, at most `limit` of them. One thread.
std::vector<std::int32_t> find_equal(std::span<const float> scores, std::int64_t first, float value, std::size_t limit);

// Keeps the k best entries of a list and puts them in the order of their indices, in place. Among equal scores the
// smaller indices stay. No score may be NaN.
void keep_best(std::vector<ScoredIndex>& entries, int k);

}  // namespace genre
