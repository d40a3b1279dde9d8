#include "genre/eval/off_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

using E = OffPolicyEstimator;

std::vector<LoggedRound> random_rounds(int count, std::uint64_t seed) {
  RandomStream random(seed, "off-policy test");
  std::vector<LoggedRound> out(static_cast<std::size_t>(count));
  for (auto& r : out)
    r = {random.normal(), 0.05 + 0.95 * random.uniform(), random.uniform(), random.normal(), random.normal()};
  return out;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The definitions, written out sum by sum.
double naive(E estimator, const std::vector<LoggedRound>& rounds, double clip, double tau) {
  double value = 0, weights = 0;
  for (const auto& r : rounds) weights += std::min(r.target / r.propensity, clip);
  for (const auto& r : rounds) {
    const double w = r.target / r.propensity, n = static_cast<double>(rounds.size());
    if (estimator == E::kIps) value += std::min(w, clip) * r.reward / n;
    if (estimator == E::kSnips) value += std::min(w, clip) * r.reward / weights;
    if (estimator == E::kDm) value += r.dm / n;
    if (estimator == E::kDr) value += (r.dm + std::min(w, clip) * (r.reward - r.q_hat)) / n;
    if (estimator == E::kSndr) value += r.dm / n + std::min(w, clip) * (r.reward - r.q_hat) / weights;
    if (estimator == E::kSwitchDr) value += (r.dm + (w <= tau ? w * (r.reward - r.q_hat) : 0)) / n;
  }
  return value;
}

TEST(OffPolicy, EstimatesAreTheirDefinitions) {
  const auto rounds = random_rounds(200, 1);
  for (const double clip : {0.5, 2.0, double{INFINITY}}) {
    for (const double tau : {0.0, 1.5, double{INFINITY}}) {
      const OffPolicyOptions options{.clip = clip, .switch_threshold = tau, .resamples = 10};
      const OffPolicyResult result = off_policy(rounds, options);
      for (const E estimator : kOffPolicyEstimators) {
        const double wanted = naive(estimator, rounds, clip, tau);
        EXPECT_NEAR(result.of(estimator).value, wanted, 1e-12) << estimator_name(estimator);
        EXPECT_NEAR(mean(off_policy_contributions(estimator, rounds, options)), wanted, 1e-12);
      }
    }
  }
}

TEST(OffPolicy, ThePolicyThatLoggedIsWorthItsMeanReward) {
  auto rounds = random_rounds(50, 2);
  for (auto& r : rounds) r.target = r.propensity;
  for (auto& r : rounds) r.dm = r.q_hat = 0.25;
  const OffPolicyResult result = off_policy(rounds, {});
  for (const E estimator : {E::kIps, E::kSnips, E::kDr, E::kSndr, E::kSwitchDr})
    EXPECT_NEAR(result.of(estimator).value, result.logged.value, 1e-12);
  EXPECT_NEAR(result.of(E::kIps).low, result.logged.low, 1e-12);
  EXPECT_DOUBLE_EQ(result.diagnostics.effective_sample_size, 50);
  EXPECT_DOUBLE_EQ(result.diagnostics.mean_weight, 1);
}

TEST(OffPolicy, DiagnosticsAreTheirDefinitions) {
  // Weights 4, 0.5, 0, 1.
  const std::vector<LoggedRound> rounds = {
      {1, 0.25, 1, 0, 0}, {0, 1, 0.5, 0, 0}, {1, 0.5, 0, 0, 0}, {1, 0.5, 0.5, 0, 0}};
  const OffPolicyResult result = off_policy(rounds, {.clip = 2, .switch_threshold = 0.75});
  const WeightDiagnostics& weights = result.diagnostics;
  EXPECT_DOUBLE_EQ(weights.effective_sample_size, 3.5 * 3.5 / (4 + 0.25 + 1));
  EXPECT_DOUBLE_EQ(weights.maximum_weight, 4);
  EXPECT_DOUBLE_EQ(weights.mean_weight, 5.5 / 4);
  const double m = 5.5 / 4;
  const double variance = (std::pow(4 - m, 2) + std::pow(0.5 - m, 2) + m * m + std::pow(1 - m, 2)) / 3;
  EXPECT_NEAR(weights.mean_weight_error, std::sqrt(variance / 4), 1e-12);
  EXPECT_DOUBLE_EQ(weights.clipped_share, 0.25);
  EXPECT_DOUBLE_EQ(weights.switched_share, 0.5);
  EXPECT_THAT(result.warnings, testing::Contains(testing::HasSubstr("25 % of the weights are clipped")));
}

TEST(OffPolicy, IntervalsRatioByRatio) {
  const auto rounds = random_rounds(80, 3);
  const OffPolicyResult result = off_policy(rounds, {.seed = 5, .resamples = 200});
  std::vector<double> ips;
  for (const auto& r : rounds) ips.push_back(r.target / r.propensity * r.reward);
  const Interval wanted = bootstrap_mean(ips, 5, 200);
  EXPECT_NEAR(result.of(E::kIps).low, wanted.low, 1e-12);
  EXPECT_NEAR(result.of(E::kIps).high, wanted.high, 1e-12);
  // The same resamples, each with its own mean weight.
  const auto again = bootstrap_statistics(
      80, 1,
      [&](std::span<const std::uint32_t> rows, std::span<double> out) {
        std::vector<LoggedRound> drawn;
        for (const auto row : rows) drawn.push_back(rounds[row]);
        out[0] = naive(E::kSndr, drawn, INFINITY, INFINITY);
      },
      5, 200);
  EXPECT_NEAR(result.of(E::kSndr).low, again[0].low, 1e-12);
  EXPECT_NEAR(result.of(E::kSndr).high, again[0].high, 1e-12);
}

TEST(OffPolicy, SelfNormalisedValuesMoveWithTheRewards) {
  auto rounds = random_rounds(60, 4);
  const OffPolicyResult before = off_policy(rounds, {.resamples = 20});
  for (auto& r : rounds) r.reward += 3;
  const OffPolicyResult after = off_policy(rounds, {.resamples = 20});
  EXPECT_NEAR(after.of(E::kSnips).value, before.of(E::kSnips).value + 3, 1e-12);
  EXPECT_GT(std::abs(after.of(E::kIps).value - before.of(E::kIps).value - 3), 0.01);  // why both are shown
}

TEST(OffPolicy, SameSeedSameIntervals) {
  const auto rounds = random_rounds(60, 5);
  const auto a = off_policy(rounds, {.seed = 1}), b = off_policy(rounds, {.seed = 1}),
             c = off_policy(rounds, {.seed = 2});
  EXPECT_EQ(a.of(E::kSnips).low, b.of(E::kSnips).low);
  EXPECT_NE(a.of(E::kSnips).low, c.of(E::kSnips).low);
}

std::string fault_of(const std::vector<LoggedRound>& rounds, const OffPolicyOptions& options = {}) {
  try {
    off_policy(rounds, options);
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.message();
  }
  return "no error";
}

TEST(OffPolicy, WrongInputIsNamedWithItsRound) {
  using testing::HasSubstr;
  const LoggedRound good = {1, 0.5, 0.5, 0, 0};
  EXPECT_THAT(fault_of({}), HasSubstr("data: the log has no round"));
  EXPECT_THAT(fault_of({good, {1, 0, 0.5, 0, 0}}), HasSubstr("data: round 1: the propensity is 0"));
  EXPECT_THAT(fault_of({good, {1, -0.1, 0.5, 0, 0}}), HasSubstr("round 1: the propensity is -0.1"));
  EXPECT_THAT(fault_of({{1, 1.5, 0.5, 0, 0}}), HasSubstr("round 0: the propensity is 1.5"));
  EXPECT_THAT(fault_of({{1, NAN, 0.5, 0, 0}}), HasSubstr("the propensity is nan"));
  EXPECT_THAT(fault_of({{NAN, 0.5, 0.5, 0, 0}}), HasSubstr("the reward is nan"));
  EXPECT_THAT(fault_of({{INFINITY, 0.5, 0.5, 0, 0}}), HasSubstr("the reward is inf"));
  EXPECT_THAT(fault_of({{1, 0.5, 1.5, 0, 0}}), HasSubstr("the target probability is 1.5"));
  EXPECT_THAT(fault_of({{1, 0.5, NAN, 0, 0}}), HasSubstr("the target probability is nan"));
  EXPECT_THAT(fault_of({{1, 0.5, 0.5, NAN, 0}}), HasSubstr("q_hat is nan"));
  EXPECT_THAT(fault_of({{1, 0.5, 0.5, 0, -INFINITY}}), HasSubstr("dm is -inf"));
  EXPECT_THAT(fault_of({{1, 1e-320, 1, 0, 0}}), HasSubstr("so small that the weight is infinite"));
  EXPECT_THAT(fault_of({{1, 0.5, 0, 0, 0}, {0, 0.5, 0, 0, 0}}), HasSubstr("data: no overlap"));
  EXPECT_THAT(fault_of({{1e308, 0.01, 1, 0, 0}}), HasSubstr("data: ips is beyond the range of doubles"));
  EXPECT_THAT(fault_of({good}, {.clip = 0}), HasSubstr("usage: the clip is 0"));
  EXPECT_THAT(fault_of({good}, {.clip = NAN}), HasSubstr("usage: the clip is nan"));
  EXPECT_THAT(fault_of({good}, {.switch_threshold = -1}), HasSubstr("usage: the switch threshold is -1"));
  EXPECT_THAT(fault_of({good}, {.resamples = 0}), HasSubstr("usage: there are 0 resamples"));
  EXPECT_THROW(off_policy_contributions(E::kDr, std::vector<LoggedRound>{{1, 0, 1, 0, 0}}, {}), Error);
}

TEST(OffPolicy, HugeWeightsKeepTheEffectiveSampleSize) {
  const std::vector<LoggedRound> rounds = {{0, 1e-200, 1, 0, 0}, {1, 1e-200, 1, 0, 0}, {1, 1, 1, 0, 0}};
  EXPECT_NEAR(off_policy(rounds, {}).diagnostics.effective_sample_size, 2, 1e-12);
}

TEST(OffPolicy, OneRoundHasAValueAndNoErrorOfTheMeanWeight) {
  const OffPolicyResult result = off_policy(std::vector<LoggedRound>{{1, 0.5, 0.25, 0, 0}}, {});
  EXPECT_DOUBLE_EQ(result.of(E::kIps).value, 0.5);
  EXPECT_DOUBLE_EQ(result.of(E::kSnips).value, 1);
  EXPECT_TRUE(std::isnan(result.diagnostics.mean_weight_error));
}

TEST(OffPolicy, WarnsOfWeightsThatCannotBeRight) {
  const auto warnings = [](double propensity, double target) {
    return off_policy(std::vector<LoggedRound>(500, {1, propensity, target, 0, 0}), {.resamples = 2}).warnings;
  };
  EXPECT_THAT(warnings(0.5, 0.25), testing::ElementsAre(testing::HasSubstr("the mean weight is 0.5")));
  EXPECT_THAT(warnings(0.5, 0.5), testing::IsEmpty());
  std::vector<LoggedRound> lottery(500, {0, 0.999, 0.001, 0, 0});
  lottery.front() = {1, 0.002, 1, 0, 0};
  EXPECT_THAT(off_policy(lottery, {.resamples = 2}).warnings,
              testing::ElementsAre(testing::HasSubstr("500 rounds weigh as much as 1.0 independent ones")));
}

}  // namespace
}  // namespace genre
