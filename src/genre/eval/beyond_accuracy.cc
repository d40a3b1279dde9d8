#include "genre/eval/beyond_accuracy.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "genre/base/not_a_number.h"

namespace genre {
namespace {

constexpr double kHeadShare = 0.8;

}  // namespace

std::vector<std::uint8_t> head_items(std::span<const double> popularity) {
  const double all = std::accumulate(popularity.begin(), popularity.end(), 0.0);
  std::vector<std::int32_t> order(popularity.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return popularity[a] > popularity[b]; });
  std::vector<std::uint8_t> head(popularity.size(), 0);
  double held = 0;
  for (const std::int32_t item : order) {
    if (held >= kHeadShare * all) break;
    head[item] = 1;
    held += popularity[item];
  }
  return head;
}

BeyondAccuracy beyond_accuracy(const Rankings& rankings, int k, std::span<const double> popularity) {
  assert(k > 0);
  const auto n = static_cast<double>(popularity.size());
  const double all = std::accumulate(popularity.begin(), popularity.end(), 0.0);
  const auto head = head_items(popularity);

  std::vector<double> shown(popularity.size(), 0);
  double lists = 0, slots = 0, surprise = 0, surprising = 0, popular = 0, tail = 0;
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    const auto whole = rankings.list(q);
    const auto list = whole.first(std::min<std::size_t>(k, whole.size()));
    if (!list.empty()) ++lists;
    for (const std::int32_t item : list) {
      ++shown[item];
      ++slots;
      popular += popularity[item];
      tail += head[item] != 0 ? 0 : 1;
      if (popularity[item] <= 0) continue;
      surprise -= std::log2(popularity[item] / all);
      ++surprising;
    }
  }
  if (slots == 0) return {kNan, kNan, kNan, kNan, kNan, kNan, kNan, kNan};

  std::sort(shown.begin(), shown.end());
  BeyondAccuracy out{};
  double square_shares = 0, shared_pairs = 0;
  for (std::size_t r = 0; r < shown.size(); ++r) {
    const double count = shown[r], share = count / slots;
    if (count == 0) continue;
    out.coverage += 1 / n;
    out.gini_diversity += 2 * (n - static_cast<double>(r)) / (n + 1) * share;
    out.entropy -= share * std::log2(share);
    square_shares += share * share;
    shared_pairs += count * (count - 1);
  }
  out.herfindahl = 1 - square_shares;
  out.inter_list_distance = lists < 2 ? kNan : 1 - shared_pairs / (lists * (lists - 1) * k);
  out.novelty = surprising == 0 ? kNan : surprise / surprising;
  out.average_popularity = popular / slots;
  out.long_tail_share = tail / slots;
  return out;
}

}  // namespace genre
