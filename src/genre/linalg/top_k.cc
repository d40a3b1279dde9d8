#include "genre/linalg/top_k.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "genre/linalg/kernels.h"

namespace genre {
namespace {

// Calls visit(i) for each score above the threshold from index `first` on, until it returns false.
template <class Visit>
void for_each_above(std::span<const float> scores, std::int64_t first, float threshold, const Visit& visit) {
  const linalg::Kernels& kernel = linalg::kernels();
  const auto n = static_cast<std::int64_t>(scores.size());
  const auto next = [&](std::int64_t from) { return kernel.next_block_above(scores.data(), n, from, threshold); };
  for (std::int64_t block = next(first); block < n; block = next(block + linalg::kScanBlock)) {
    const std::int64_t end = std::min(block + linalg::kScanBlock, n);
    for (std::int64_t i = block; i < end; ++i)
      if (scores[i] > threshold && !visit(i)) return;
  }
}

// At least the k best, in the order of their indices.
std::vector<ScoredIndex> candidates(std::span<const float> scores, int k) {
  std::vector<ScoredIndex> out;
  if (k <= 0) return out;
  const linalg::Kernels& kernel = linalg::kernels();
  const auto n = static_cast<std::int64_t>(scores.size());
  std::int64_t groups = linalg::kScanBlock;
  while (groups < std::int64_t{4} * k) groups *= 2;
  float threshold = kMasked;
  if (n >= 4 * groups) {
    thread_local std::vector<float> maxima;
    maxima.resize(groups);
    kernel.strided_maxima(scores.data(), n, maxima.data(), groups);
    std::nth_element(maxima.begin(), maxima.begin() + k - 1, maxima.end(), std::greater<>());
    if (maxima[k - 1] > kMasked) threshold = std::nextafter(maxima[k - 1], kMasked);
  }
  out.reserve(std::min<std::int64_t>(n, 2 * std::int64_t{k}));
  for_each_above(scores, 0, threshold, [&](std::int64_t i) {
    out.push_back({static_cast<std::int32_t>(i), scores[i]});
    return true;
  });
  return out;
}

}  // namespace

std::vector<ScoredIndex> top_k(std::span<const float> scores, int k) {
  std::vector<ScoredIndex> out = candidates(scores, k);
  if (out.size() > static_cast<std::size_t>(k)) {
    std::nth_element(out.begin(), out.begin() + k, out.end(), ranks_before);
    out.resize(k);
  }
  std::sort(out.begin(), out.end(), ranks_before);
  return out;
}

std::vector<ScoredIndex> top_k_by_index(std::span<const float> scores, int k) {
  std::vector<ScoredIndex> out = candidates(scores, k);
  keep_best(out, k);
  return out;
}

std::vector<std::int32_t> find_above(std::span<const float> scores, float threshold) {
  std::vector<std::int32_t> out;
  for_each_above(scores, 0, threshold, [&](std::int64_t i) {
    out.push_back(static_cast<std::int32_t>(i));
    return true;
  });
  return out;
}

std::vector<std::int32_t> find_equal(std::span<const float> scores, std::int64_t first, float value,
                                     std::size_t limit) {
  std::vector<std::int32_t> out;
  if (limit == 0) return out;
  for_each_above(scores, first, std::nextafter(value, kMasked), [&](std::int64_t i) {
    if (scores[i] == value) out.push_back(static_cast<std::int32_t>(i));
    return out.size() < limit;
  });
  return out;
}

void keep_best(std::vector<ScoredIndex>& entries, int k) {
  const auto by_index = [](const ScoredIndex& a, const ScoredIndex& b) { return a.index < b.index; };
  const bool in_order = std::is_sorted(entries.begin(), entries.end(), by_index);
  if (entries.size() <= static_cast<std::size_t>(k)) {
    if (!in_order) std::sort(entries.begin(), entries.end(), by_index);
    return;
  }
  if (k <= 0) {
    entries.clear();
  } else if (in_order) {
    thread_local std::vector<float> scores;
    scores.clear();
    for (const ScoredIndex& entry : entries) scores.push_back(entry.score);
    std::nth_element(scores.begin(), scores.begin() + k - 1, scores.end(), std::greater<>());
    const float last = scores[k - 1];
    auto equals = k - std::count_if(scores.begin(), scores.begin() + k, [&](float score) { return score > last; });
    std::erase_if(entries, [&](const ScoredIndex& entry) {
      return entry.score < last || (entry.score == last && equals-- <= 0);
    });
  } else {
    std::nth_element(entries.begin(), entries.begin() + k, entries.end(), ranks_before);
    entries.resize(k);
    std::sort(entries.begin(), entries.end(), by_index);
  }
}

}  // namespace genre
