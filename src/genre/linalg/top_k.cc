#include "genre/linalg/top_k.h"

#include <algorithm>

namespace genre {
namespace {

bool better(const ScoredIndex& a, const ScoredIndex& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

}  // namespace

// A heap whose top is the worst of the best k; later indices lose ties, so one comparison rejects almost every score.
std::vector<ScoredIndex> top_k(std::span<const float> scores, int k) {
  std::vector<ScoredIndex> heap;
  if (k <= 0) return heap;
  heap.reserve(std::min<std::size_t>(k, scores.size()));
  float threshold = kMasked;
  constexpr std::size_t kBlock = 16;
  for (std::size_t start = 0; start < scores.size(); start += kBlock) {
    const std::size_t end = std::min(start + kBlock, scores.size());
    bool any = false;
    for (std::size_t i = start; i < end; ++i) any |= scores[i] > threshold;  // NaN compares false
    if (!any) continue;
    for (std::size_t i = start; i < end; ++i) {
      if (!(scores[i] > threshold)) continue;
      const ScoredIndex entry{static_cast<std::int32_t>(i), scores[i]};
      if (heap.size() == static_cast<std::size_t>(k)) {
        std::pop_heap(heap.begin(), heap.end(), better);
        heap.back() = entry;
      } else {
        heap.push_back(entry);
      }
      std::push_heap(heap.begin(), heap.end(), better);
      if (heap.size() == static_cast<std::size_t>(k)) threshold = heap.front().score;
    }
  }
  std::sort_heap(heap.begin(), heap.end(), better);
  return heap;
}

void keep_best(std::vector<ScoredIndex>& entries, int k) {
  if (entries.size() > static_cast<std::size_t>(k)) {
    std::nth_element(entries.begin(), entries.begin() + k, entries.end(), better);
    entries.resize(k);
  }
  const auto by_index = [](const ScoredIndex& a, const ScoredIndex& b) { return a.index < b.index; };
  if (!std::is_sorted(entries.begin(), entries.end(), by_index)) std::sort(entries.begin(), entries.end(), by_index);
}

}  // namespace genre
