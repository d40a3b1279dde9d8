#include "genre/eval/pointwise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/random.h"

namespace genre {
namespace {

using Weight = MetricDefinition::GroupWeight;

ScoredPairs random_pairs() {
  RandomStream random(5, "pointwise");
  ScoredPairs out;
  for (int q = 0; q < 30; ++q) {
    const auto count = random.below(12);
    for (std::uint64_t i = 0; i < count; ++i) {
      out.scores.push_back(static_cast<float>(random.below(5)) / 4);
      out.labels.push_back(random.uniform() < 0.4 ? 1.0f : 0.0f);
    }
    out.offsets.push_back(static_cast<std::int64_t>(out.scores.size()));
  }
  return out;
}

double naive_auc(const ScoredPairs& pairs, std::int64_t begin, std::int64_t end) {
  double won = 0, all = 0;
  for (auto p = begin; p < end; ++p)
    for (auto n = begin; n < end; ++n) {
      if (pairs.labels[p] < 1 || pairs.labels[n] >= 1) continue;
      ++all;
      won += pairs.scores[p] > pairs.scores[n] ? 1 : pairs.scores[p] == pairs.scores[n] ? 0.5 : 0;
    }
  return won / all;
}

TEST(Pointwise, AucCountsEveryPairOfAPositiveAndANegative) {
  const ScoredPairs pairs = random_pairs();
  EXPECT_NEAR(pointwise(PointwiseMetric::kAuc, pairs, Weight::kOne),
              naive_auc(pairs, 0, static_cast<std::int64_t>(pairs.scores.size())), 1e-12);
  const auto values = pointwise_per_query(PointwiseMetric::kGauc, pairs);
  double sum = 0, weighted = 0, queries = 0, weights = 0;
  for (std::int64_t q = 0; q < pairs.queries(); ++q) {
    const double wanted = naive_auc(pairs, pairs.offsets[q], pairs.offsets[q + 1]);
    if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(values[q]));
      continue;
    }
    EXPECT_NEAR(values[q], wanted, 1e-12);
    double positives = 0;
    for (auto i = pairs.offsets[q]; i < pairs.offsets[q + 1]; ++i) positives += pairs.labels[i];
    sum += wanted;
    ++queries;
    weighted += positives * wanted;
    weights += positives;
  }
  EXPECT_NEAR(pointwise(PointwiseMetric::kGauc, pairs, Weight::kOne), sum / queries, 1e-12);
  EXPECT_NEAR(pointwise(PointwiseMetric::kGauc, pairs, Weight::kPositives), weighted / weights, 1e-12);
}

TEST(Pointwise, IntervalsDrawQueriesWithAllTheirPairs) {
  const ScoredPairs pairs = random_pairs();
  for (const auto metric : {PointwiseMetric::kAuc, PointwiseMetric::kGauc})
    for (const auto weight : {Weight::kOne, Weight::kPositives}) {
      const auto naive = [&](std::span<const std::uint32_t> drawn, std::span<double> value) {
        ScoredPairs sample;
        for (const std::uint32_t q : drawn) {
          for (auto n = pairs.offsets[q]; n < pairs.offsets[q + 1]; ++n) {
            sample.scores.push_back(pairs.scores[n]);
            sample.labels.push_back(pairs.labels[n]);
          }
          sample.offsets.push_back(static_cast<std::int64_t>(sample.scores.size()));
        }
        value[0] = pointwise(metric, sample, weight);
      };
      const Interval wanted = bootstrap_statistics(static_cast<std::uint32_t>(pairs.queries()), 1, naive, 3, 200)[0];
      const Interval interval = pointwise_interval(metric, pairs, weight, 3, 200);
      EXPECT_NEAR(interval.value, pointwise(metric, pairs, weight), 1e-12);
      EXPECT_NEAR(interval.low, wanted.low, 1e-12);
      EXPECT_NEAR(interval.high, wanted.high, 1e-12);
      EXPECT_LT(interval.low, interval.high);
    }
}

TEST(Pointwise, ErrorsAreThoseOfTheDefinition) {
  const ScoredPairs pairs{{0, 2, 3}, {4, 2, 0.5f}, {5, 2, 1}};
  EXPECT_DOUBLE_EQ(pointwise(PointwiseMetric::kRmse, pairs, Weight::kOne), std::sqrt((1 + 0 + 0.25) / 3));
  EXPECT_DOUBLE_EQ(pointwise(PointwiseMetric::kMae, pairs, Weight::kOne), 1.5 / 3);
  EXPECT_EQ(pointwise_per_query(PointwiseMetric::kMae, pairs), (std::vector<double>{0.5, 0.5}));
  const ScoredPairs sure{{0, 2}, {1, 0.25f}, {0, 1}};
  EXPECT_NEAR(pointwise(PointwiseMetric::kLogLoss, sure, Weight::kOne), -(std::log(1e-7) + std::log(0.25)) / 2, 1e-6);
}

TEST(Pointwise, NothingToCompareIsNan) {
  const ScoredPairs nothing, positives{{0, 2}, {1, 2}, {1, 1}}, broken{{0, 2}, {NAN, 2}, {1, 0}};
  for (const auto metric : {PointwiseMetric::kAuc, PointwiseMetric::kGauc, PointwiseMetric::kRmse,
                            PointwiseMetric::kMae, PointwiseMetric::kLogLoss}) {
    EXPECT_TRUE(std::isnan(pointwise(metric, nothing, Weight::kOne)));
    EXPECT_TRUE(std::isnan(pointwise(metric, broken, Weight::kOne)));
  }
  for (const auto metric : {PointwiseMetric::kAuc, PointwiseMetric::kGauc})
    for (const ScoredPairs& pairs : {nothing, positives, broken})
      EXPECT_TRUE(std::isnan(pointwise_interval(metric, pairs, Weight::kOne, 7, 100).value));
  EXPECT_TRUE(std::isnan(pointwise(PointwiseMetric::kAuc, positives, Weight::kOne)));
  EXPECT_TRUE(std::isnan(pointwise(PointwiseMetric::kGauc, positives, Weight::kOne)));
}

TEST(Pointwise, NamesAreKnown) {
  EXPECT_EQ(parse_pointwise("log_loss"), PointwiseMetric::kLogLoss);
  EXPECT_FALSE(parse_pointwise("ndcg@10"));
}

}  // namespace
}  // namespace genre
