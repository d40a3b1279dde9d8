#include "genre/eval/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "genre/base/random.h"

namespace genre {
namespace {

std::vector<double> normals(int count, double mean, std::uint64_t seed) {
  RandomStream random(seed, "bootstrap test");
  std::vector<double> out(count);
  for (double& value : out) value = mean + random.normal();
  return out;
}

TEST(Bootstrap, IntervalOfANormalSampleIsTheTextbookOne) {
  const auto values = normals(2000, 1.0, 1);
  const Interval interval = bootstrap_mean(values, 7, 4000);
  double mean = 0, variance = 0;
  for (const double value : values) mean += value / 2000;
  for (const double value : values) variance += (value - mean) * (value - mean) / 1999;
  const double half = 1.96 * std::sqrt(variance / 2000);
  EXPECT_NEAR(interval.value, mean, 1e-12);
  EXPECT_NEAR(interval.low, mean - half, 0.1 * half);
  EXPECT_NEAR(interval.high, mean + half, 0.1 * half);
}

TEST(Bootstrap, CoversTheTrueMeanAboutNineteenTimesInTwenty) {
  int covered = 0;
  for (int round = 0; round < 200; ++round) {
    const Interval interval = bootstrap_mean(normals(100, 0.5, 100 + round), round, 300);
    covered += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 180);
  EXPECT_LE(covered, 199);
}

TEST(Bootstrap, UndefinedValuesAreLeftOut) {
  const std::vector<double> with = {1, NAN, 2, 6, NAN}, without = {1, 2, 6};
  const Interval a = bootstrap_mean(with, 7), b = bootstrap_mean(without, 7);
  EXPECT_EQ(a.value, 3);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

TEST(Bootstrap, OfNothingIsUndefined) {
  EXPECT_TRUE(std::isnan(bootstrap_mean({}, 7).value));
  const std::vector<double> undefined = {NAN};
  EXPECT_TRUE(std::isnan(bootstrap_mean(undefined, 7).low));
  EXPECT_TRUE(std::isnan(compare_paired(undefined, undefined, 7).p));
}

TEST(Bootstrap, SameSeedSameInterval) {
  const auto values = normals(50, 0, 3);
  EXPECT_EQ(bootstrap_mean(values, 7).low, bootstrap_mean(values, 7).low);
  EXPECT_NE(bootstrap_mean(values, 7).low, bootstrap_mean(values, 8).low);
}

TEST(BootstrapStatistics, OfAMeanAreTheIntervalOfTheMean) {
  const auto values = normals(60, 0.5, 4);
  const RowStatistics mean_and_nothing = [&](std::span<const std::uint32_t> rows, std::span<double> out) {
    out[0] = 0;
    for (const auto row : rows) out[0] += values[row];
    out[0] /= static_cast<double>(rows.size());
    out[1] = NAN;
  };
  const auto intervals = bootstrap_statistics(60, 2, mean_and_nothing, 7, 200);
  const Interval wanted = bootstrap_mean(values, 7, 200);
  EXPECT_DOUBLE_EQ(intervals[0].value, wanted.value);
  EXPECT_DOUBLE_EQ(intervals[0].low, wanted.low);
  EXPECT_DOUBLE_EQ(intervals[0].high, wanted.high);
  EXPECT_TRUE(std::isnan(intervals[1].low));
  EXPECT_TRUE(std::isnan(bootstrap_statistics(0, 2, mean_and_nothing, 7)[0].value));
}

// The p value of all 2^n sign flips.
double exact_p(const std::vector<double>& differences) {
  const auto n = differences.size();
  double observed = 0, extreme = 0;
  for (const double d : differences) observed += d;
  for (std::uint64_t signs = 0; signs < (1ULL << n); ++signs) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += (signs >> i & 1) != 0 ? differences[i] : -differences[i];
    extreme += std::abs(sum) >= std::abs(observed) - 1e-9 ? 1 : 0;
  }
  return extreme / static_cast<double>(1ULL << n);
}

TEST(ComparePaired, ApproachesTheExactTest) {
  const std::vector<double> a = {.9, .4, .5, .7, .2, .8, .6, .3, .9, .5}, b = {.5, .3, .6, .2, .1, .6, .5, .4, .3, .5};
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  EXPECT_NEAR(compare_paired(a, b, 7, 20000).p, exact_p(differences), 0.01);
}

TEST(ComparePaired, EqualModelsDoNotDiffer) {
  const auto a = normals(40, 0, 9);
  const Comparison comparison = compare_paired(a, a, 7);
  EXPECT_EQ(comparison.difference, 0);
  EXPECT_EQ(comparison.p, 1);
}

TEST(ComparePaired, AClearGainIsSignificantAndSymmetric) {
  const auto a = normals(400, 0.4, 11), b = normals(400, 0, 12);
  const Comparison ab = compare_paired(a, b, 7), ba = compare_paired(b, a, 7);
  EXPECT_LT(ab.p, 0.01);
  EXPECT_GT(ab.low, 0);
  EXPECT_DOUBLE_EQ(ab.difference, -ba.difference);
  EXPECT_EQ(ab.p, ba.p);
}

TEST(ComparePaired, PairsWithAnUndefinedValueAreLeftOut) {
  const std::vector<double> a = {1, NAN, 3}, b = {0, 5, NAN};
  EXPECT_EQ(compare_paired(a, b, 7).difference, 1);
}

}  // namespace
}  // namespace genre
