// Ranking metrics in the house definition (docs/evaluation.md): binary relevance, double accumulation, a user without a
// list scores 0, an undefined metric is NaN and left out of means.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace genre {

// The definition id printed with every number.
inline constexpr const char* kMetricDefinition = "genre-1";

// Rankings of Q queries: row q holds the items of its list, best first.
struct Rankings {
  std::vector<std::int64_t> offsets = {0};  // Q + 1
  std::vector<std::int32_t> items;
  std::vector<float> scores;  // parallel to items
  std::int64_t queries() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::span<const std::int32_t> list(std::int64_t q) const {
    return {items.data() + offsets[q], static_cast<std::size_t>(offsets[q + 1] - offsets[q])};
  }
};

// Relevant items of the same queries, ascending inside a query.
struct Judgements {
  std::vector<std::int64_t> offsets = {0};
  std::vector<std::int32_t> items;
  std::span<const std::int32_t> relevant(std::int64_t q) const {
    return {items.data() + offsets[q], static_cast<std::size_t>(offsets[q + 1] - offsets[q])};
  }
};

struct Metric {
  enum class Kind { kNdcg, kRecall, kPrecision, kMap, kMrr, kHitRate } kind;
  int k;
  std::string name() const;  // "ndcg@10"
};

// "ndcg@10", "recall@20", "precision@5", "map@20", "mrr@10", "hr@10". Throws Error(kConfig) with the nearest name.
Metric parse_metric(const std::string& text);
std::vector<Metric> parse_metrics(std::span<const std::string> texts);

// One value a query; NaN where the query has no relevant item.
std::vector<double> per_query(const Metric& metric, const Rankings& rankings, const Judgements& judgements);
// The same for many metrics, in their order; hits are looked up once a query. Global pool.
std::vector<std::vector<double>> per_query(std::span<const Metric> metrics, const Rankings& rankings,
                                           const Judgements& judgements);

}  // namespace genre
