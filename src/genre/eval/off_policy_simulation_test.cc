// Logs drawn from a small world whose true policy values are known.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "genre/base/random.h"
#include "genre/eval/off_policy.h"
#include "genre/eval/reward_model.h"

namespace genre {
namespace {

using E = OffPolicyEstimator;
constexpr int kContexts = 4, kActions = 5;

// Context x is even odds; the reward of action a is 1 with probability reward[x][a].
struct World {
  double logging[kContexts][kActions], target[kContexts][kActions], reward[kContexts][kActions];

  explicit World(std::uint64_t seed) {
    RandomStream random(seed, "off-policy world");
    for (int x = 0; x < kContexts; ++x) {
      double logging_sum = 0, target_sum = 0;
      for (int a = 0; a < kActions; ++a) {
        logging_sum += logging[x][a] = std::exp(0.7 * random.normal());
        target_sum += target[x][a] = std::exp(random.normal());
        reward[x][a] = 0.5 + 0.1 * x + 0.05 * a - 0.05 * random.uniform();
      }
      for (int a = 0; a < kActions; ++a) {
        logging[x][a] /= logging_sum;
        target[x][a] /= target_sum;
      }
    }
  }

  double true_value() const {
    double sum = 0;
    for (int x = 0; x < kContexts; ++x)
      for (int a = 0; a < kActions; ++a) sum += target[x][a] * reward[x][a] / kContexts;
    return sum;
  }
};

struct Log {
  std::vector<LoggedRound> rounds;
  std::vector<int> context;
  std::vector<std::int32_t> action;
};

Log draw(const World& world, int count, RandomStream& random) {
  Log out;
  for (int i = 0; i < count; ++i) {
    const int x = static_cast<int>(random.below(kContexts));
    int a = 0;
    for (double left = random.uniform(); a + 1 < kActions && left >= world.logging[x][a]; ++a)
      left -= world.logging[x][a];
    out.rounds.push_back(
        {random.uniform() < world.reward[x][a] ? 1.0 : 0.0, world.logging[x][a], world.target[x][a], 0, 0});
    out.context.push_back(x);
    out.action.push_back(a);
  }
  return out;
}

// Fills q_hat and dm from q(x, a).
template <class Q>
void predict(const World& world, Log& log, const Q& q) {
  for (std::size_t i = 0; i < log.rounds.size(); ++i) {
    log.rounds[i].q_hat = q(i, log.context[i], log.action[i]);
    log.rounds[i].dm = 0;
    for (int a = 0; a < kActions; ++a) log.rounds[i].dm += world.target[log.context[i]][a] * q(i, log.context[i], a);
  }
}

void predict_by_fitting(const World& world, Log& log, std::uint64_t seed) {
  std::vector<double> rewards, features;
  for (const auto& round : log.rounds) rewards.push_back(round.reward);
  for (const int x : log.context) features.push_back(x);
  const CrossFittedRewardModel model(
      {.rewards = rewards, .actions = log.action, .action_count = kActions, .features = features}, {.seed = seed});
  predict(world, log, [&](std::size_t i, int, int a) {
    return model.baseline(i) + model.action_effects(model.fold(i))[static_cast<std::size_t>(a)];
  });
}

struct Spread {
  double sum = 0, squares = 0;
  int count = 0;
  void add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double mean() const { return sum / count; }
  double variance() const { return (squares - sum * sum / count) / (count - 1); }
  double error() const { return std::sqrt(variance() / count); }
};

constexpr int kLogs = 600, kRounds = 400;

TEST(OffPolicySimulation, IpsAndDrAreUnbiasedAndDrVariesLess) {
  const World world(1);
  RandomStream random(2, "off-policy logs");
  Spread ips, snips, dr, sndr;
  for (int n = 0; n < kLogs; ++n) {
    Log log = draw(world, kRounds, random);
    predict_by_fitting(world, log, static_cast<std::uint64_t>(n));
    const OffPolicyResult result = off_policy(log.rounds, {.resamples = 1});
    ips.add(result.of(E::kIps).value);
    snips.add(result.of(E::kSnips).value);
    dr.add(result.of(E::kDr).value);
    sndr.add(result.of(E::kSndr).value);
  }
  const double truth = world.true_value();
  EXPECT_NEAR(ips.mean(), truth, 4 * ips.error());
  EXPECT_NEAR(dr.mean(), truth, 4 * dr.error());
  EXPECT_NEAR(snips.mean(), truth, 0.01);  // consistent, not unbiased
  EXPECT_NEAR(sndr.mean(), truth, 0.01);
  EXPECT_LT(dr.variance(), 0.7 * ips.variance());
  EXPECT_LT(snips.variance(), ips.variance());
}

TEST(OffPolicySimulation, DrIsRightWhereEitherModelIs) {
  const World world(3);
  RandomStream random(4, "off-policy logs");
  Spread wrong_rewards, wrong_propensities, ips_with_wrong, dm_with_wrong;
  for (int n = 0; n < kLogs; ++n) {
    Log log = draw(world, kRounds, random);
    predict(world, log, [](std::size_t, int x, int a) { return 0.3 * a - 0.2 * x; });
    OffPolicyResult result = off_policy(log.rounds, {.resamples = 1});
    wrong_rewards.add(result.of(E::kDr).value);
    dm_with_wrong.add(result.of(E::kDm).value);
    predict(world, log, [&](std::size_t, int x, int a) { return world.reward[x][a]; });
    for (auto& round : log.rounds) round.propensity = std::sqrt(round.propensity);
    result = off_policy(log.rounds, {.resamples = 1});
    wrong_propensities.add(result.of(E::kDr).value);
    ips_with_wrong.add(result.of(E::kIps).value);
  }
  const double truth = world.true_value();
  EXPECT_NEAR(wrong_rewards.mean(), truth, 4 * wrong_rewards.error());
  EXPECT_NEAR(wrong_propensities.mean(), truth, 4 * wrong_propensities.error());
  EXPECT_GT(std::abs(dm_with_wrong.mean() - truth), 0.1);
  EXPECT_GT(std::abs(ips_with_wrong.mean() - truth), 0.1);
}

TEST(OffPolicySimulation, IntervalsCoverTheTruthAboutNineteenTimesInTwenty) {
  const World world(5);
  RandomStream random(6, "off-policy logs");
  int ips = 0, snips = 0, dr = 0;
  constexpr int kRepeats = 200;
  const double truth = world.true_value();
  const auto covers = [&](const Interval& interval) { return interval.low <= truth && truth <= interval.high ? 1 : 0; };
  for (int n = 0; n < kRepeats; ++n) {
    Log log = draw(world, kRounds, random);
    predict_by_fitting(world, log, static_cast<std::uint64_t>(n));
    const OffPolicyResult result = off_policy(log.rounds, {.seed = static_cast<std::uint64_t>(n), .resamples = 300});
    ips += covers(result.of(E::kIps));
    snips += covers(result.of(E::kSnips));
    dr += covers(result.of(E::kDr));
  }
  for (const int covered : {ips, snips, dr}) {
    EXPECT_GE(covered, 178);
    EXPECT_LE(covered, 199);
  }
}

}  // namespace
}  // namespace genre
