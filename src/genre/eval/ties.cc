#include "genre/eval/ties.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace genre {
namespace {

// A group of ties: `size` items of which `relevant` are relevant, at ranks start + 1 .. start + size.
struct Group {
  double start, size, relevant;
};

struct Sums {
  double hits = 0, gain = 0, precision_at_hits = 0, first_hit = 0;
  double no_hit_yet = 1;  // probability
};

// Adds the ranks of the group up to k. Position p (from 0) of a random order is relevant with probability r / t; given
// that, each of the p positions before it is relevant with probability (r - 1) / (t - 1).
void add_group(const Group& group, double hits_before, int k, Sums& sums) {
  const double depth = std::min(group.size, k - group.start);
  for (double p = 0; p < depth; ++p) {
    const double rank = group.start + p + 1;
    const double here = group.relevant / group.size;
    const double others = group.size > 1 ? p * (group.relevant - 1) / (group.size - 1) : 0;
    sums.hits += here;
    sums.gain += here / std::log2(rank + 1);
    sums.precision_at_hits += here * (hits_before + others + 1) / rank;
    // Without a hit so far in the group, r relevant items are left among t - p.
    const double first_here = std::min(1.0, group.relevant / (group.size - p));
    sums.first_hit += sums.no_hit_yet * first_here / rank;
    sums.no_hit_yet *= 1 - first_here;
  }
}

double expectation(const Metric& metric, std::span<const std::int32_t> list, std::span<const float> scores,
                   std::span<const std::int32_t> relevant) {
  if (relevant.empty()) return std::numeric_limits<double>::quiet_NaN();
  Sums sums;
  double hits_before = 0;
  for (std::size_t start = 0; start < list.size() && start < static_cast<std::size_t>(metric.k);) {
    std::size_t end = start;
    double hits = 0;
    for (; end < list.size() && scores[end] == scores[start]; ++end)
      hits += std::binary_search(relevant.begin(), relevant.end(), list[end]) ? 1 : 0;
    add_group({static_cast<double>(start), static_cast<double>(end - start), hits}, hits_before, metric.k, sums);
    hits_before += hits;
    start = end;
  }
  const std::size_t reachable = std::min<std::size_t>(metric.k, relevant.size());
  switch (metric.kind) {
    case Metric::Kind::kNdcg: {
      double ideal = 0;
      for (std::size_t rank = 1; rank <= reachable; ++rank) ideal += 1.0 / std::log2(rank + 1.0);
      return sums.gain / ideal;
    }
    case Metric::Kind::kRecall:
      return sums.hits / static_cast<double>(relevant.size());
    case Metric::Kind::kPrecision:
      return sums.hits / metric.k;
    case Metric::Kind::kMap:
      return sums.precision_at_hits / static_cast<double>(reachable);
    case Metric::Kind::kMrr:
      return sums.first_hit;
    case Metric::Kind::kHitRate:
      return 1 - sums.no_hit_yet;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::vector<double> expected_per_query(const Metric& metric, const Rankings& rankings, const Judgements& judgements) {
  assert(rankings.offsets.size() == judgements.offsets.size() && rankings.scores.size() == rankings.items.size());
  std::vector<double> out(rankings.queries());
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    const auto list = rankings.list(q);
    const std::span<const float> scores{rankings.scores.data() + rankings.offsets[q], list.size()};
    out[q] = expectation(metric, list, scores, judgements.relevant(q));
  }
  return out;
}

}  // namespace genre
