#include "genre/eval/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

double naive(const Metric& metric, const std::vector<int>& list, const std::set<int>& relevant) {
  if (relevant.empty()) return NAN;
  const auto hit = [&](int rank) { return rank <= static_cast<int>(list.size()) && relevant.contains(list[rank - 1]); };
  const auto hits_to = [&](int rank) {
    int hits = 0;
    for (int r = 1; r <= rank; ++r) hits += hit(r) ? 1 : 0;
    return static_cast<double>(hits);
  };
  const int reachable = std::min<int>(metric.k, static_cast<int>(relevant.size()));
  double sum = 0, ideal = 0;
  switch (metric.kind) {
    case Metric::Kind::kNdcg:
      for (int r = 1; r <= metric.k; ++r) sum += hit(r) ? std::log(2) / std::log(r + 1) : 0;
      for (int r = 1; r <= reachable; ++r) ideal += std::log(2) / std::log(r + 1);
      return sum / ideal;
    case Metric::Kind::kRecall:
      return hits_to(metric.k) / static_cast<double>(relevant.size());
    case Metric::Kind::kPrecision:
      return hits_to(metric.k) / metric.k;
    case Metric::Kind::kMap:
      for (int r = 1; r <= metric.k; ++r) sum += hit(r) ? hits_to(r) / r : 0;
      return sum / reachable;
    case Metric::Kind::kMrr:
      for (int r = 1; r <= metric.k; ++r)
        if (hit(r)) return 1.0 / r;
      return 0;
    case Metric::Kind::kHitRate:
      return hits_to(metric.k) > 0 ? 1 : 0;
  }
  return NAN;
}

TEST(Metrics, EqualTheNaiveDefinitionsOnRandomRankings) {
  RandomStream random(3, "metrics test");
  Rankings rankings;
  Judgements judgements;
  std::vector<std::vector<int>> lists;
  std::vector<std::set<int>> relevants;
  for (int q = 0; q < 200; ++q) {
    std::vector<int> items(40);
    for (int i = 0; i < 40; ++i) items[i] = i;
    random.shuffle(std::span<int>(items));
    lists.emplace_back(items.begin(), items.begin() + static_cast<int>(random.below(30)));
    random.shuffle(std::span<int>(items));
    relevants.emplace_back(items.begin(), items.begin() + static_cast<int>(random.below(20)));
    rankings.items.insert(rankings.items.end(), lists.back().begin(), lists.back().end());
    rankings.offsets.push_back(static_cast<std::int64_t>(rankings.items.size()));
    judgements.items.insert(judgements.items.end(), relevants.back().begin(), relevants.back().end());
    judgements.offsets.push_back(static_cast<std::int64_t>(judgements.items.size()));
  }
  std::vector<Metric> metrics;
  for (const auto* name : {"ndcg", "recall", "precision", "map", "mrr", "hr"})
    for (const int k : {1, 3, 10, 100}) metrics.push_back(parse_metric(std::string(name) + "@" + std::to_string(k)));
  const auto together = per_query(metrics, rankings, judgements);
  ASSERT_EQ(together.size(), metrics.size());
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    const auto alone = per_query(metrics[m], rankings, judgements);
    for (std::size_t q = 0; q < lists.size(); ++q)
      EXPECT_TRUE(alone[q] == together[m][q] || (std::isnan(alone[q]) && std::isnan(together[m][q])));
  }
  for (const auto* name : {"ndcg", "recall", "precision", "map", "mrr", "hr"}) {
    for (const int k : {1, 3, 10, 100}) {
      const Metric metric = parse_metric(std::string(name) + "@" + std::to_string(k));
      const auto values = per_query(metric, rankings, judgements);
      ASSERT_EQ(values.size(), lists.size());
      for (std::size_t q = 0; q < lists.size(); ++q) {
        const double wanted = naive(metric, lists[q], relevants[q]);
        if (std::isnan(wanted))
          EXPECT_TRUE(std::isnan(values[q])) << metric.name();
        else
          EXPECT_NEAR(values[q], wanted, 1e-12) << metric.name() << " of query " << q;
      }
    }
  }
}

TEST(Metrics, AQueryWithoutAListScoresZeroAndOneWithoutJudgementsIsUndefined) {
  const Rankings rankings{.offsets = {0, 0, 1}, .items = {4}, .scores = {1}};
  const Judgements judgements{.offsets = {0, 1, 1}, .items = {4}};
  const auto values = per_query(parse_metric("ndcg@10"), rankings, judgements);
  EXPECT_EQ(values[0], 0);
  EXPECT_TRUE(std::isnan(values[1]));
}

TEST(Metrics, NamesComeBackFromParsing) {
  const std::vector<std::string> names = {"ndcg@10", "recall@20", "precision@5", "map@20", "mrr@10", "hr@1"};
  const auto metrics = parse_metrics(names);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(metrics[i].name(), names[i]);
}

TEST(Metrics, ATypingSlipIsAnsweredWithTheNearestName) {
  try {
    parse_metric("ndgc@20");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConfig);
    EXPECT_EQ(error.hint(), "did you mean \"ndcg@20\"?");
  }
}

TEST(Metrics, ACutOffIsAPositiveNumber) {
  for (const auto* text : {"ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "ndcg@ten", "ndcg@1.5", "ndcg@99999999999", "@10", ""})
    EXPECT_THROW(parse_metric(text), Error) << text;
}

}  // namespace
}  // namespace genre
