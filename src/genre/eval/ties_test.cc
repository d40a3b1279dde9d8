#include "genre/eval/ties.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "genre/base/random.h"

namespace genre {
namespace {

constexpr const char* kNames[] = {"ndcg", "recall", "precision", "map", "mrr", "hr"};

// The mean over every order of the items that agrees with the scores.
double mean_over_orders(const Metric& metric, const std::vector<float>& scores, const Judgements& judgements) {
  std::vector<std::int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  double sum = 0, orders = 0;
  do {
    bool sorted = true;
    for (std::size_t i = 1; i < order.size(); ++i) sorted &= scores[order[i - 1]] >= scores[order[i]];
    if (!sorted) continue;
    const Rankings rankings{.offsets = {0, static_cast<std::int64_t>(order.size())}, .items = order, .scores = scores};
    sum += per_query(metric, rankings, judgements)[0];
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  return sum / orders;
}

TEST(Ties, ExpectationIsTheMeanOverAllOrders) {
  RandomStream random(5, "ties test");
  for (int round = 0; round < 12; ++round) {
    std::vector<float> scores(7);
    for (float& score : scores) score = static_cast<float>(random.below(3));
    std::sort(scores.rbegin(), scores.rend());
    Judgements judgements;
    for (int item = 0; item < 7; ++item)
      if (random.below(2) == 0 || item == 3) judgements.items.push_back(item);
    judgements.offsets.push_back(static_cast<std::int64_t>(judgements.items.size()));
    Rankings rankings{.offsets = {0, 7}, .items = {0, 1, 2, 3, 4, 5, 6}, .scores = scores};
    for (const auto* name : kNames) {
      for (const int k : {1, 2, 4, 7, 9}) {
        const Metric metric = parse_metric(std::string(name) + "@" + std::to_string(k));
        EXPECT_NEAR(expected_per_query(metric, rankings, judgements)[0], mean_over_orders(metric, scores, judgements),
                    1e-12)
            << metric.name() << " in round " << round;
      }
    }
  }
}

TEST(Ties, WithoutTiesItIsTheMetricItself) {
  const Rankings rankings{.offsets = {0, 4, 4}, .items = {3, 0, 2, 1}, .scores = {4, 3, 2, 1}};
  const Judgements judgements{.offsets = {0, 2, 3}, .items = {0, 1, 2}};
  for (const auto* name : kNames) {
    const Metric metric = parse_metric(std::string(name) + "@3");
    const auto expected = expected_per_query(metric, rankings, judgements),
               plain = per_query(metric, rankings, judgements);
    for (int q = 0; q < 2; ++q) EXPECT_DOUBLE_EQ(expected[q], plain[q]) << metric.name();
  }
}

}  // namespace
}  // namespace genre
