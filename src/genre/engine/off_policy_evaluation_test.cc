#include "genre/engine/off_policy_evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/data/temporary_folder.h"
#include "genre/engine/testing.h"

namespace genre {
namespace {

using E = OffPolicyEstimator;
namespace fs = std::filesystem;

double value(const OffPolicyEvaluation& evaluation, E estimator) { return evaluation.result.of(estimator).value; }

class OffPolicyEvaluationTest : public testing::Test {
 protected:
  static fs::path run() {
    static const fs::path kRun = [] {
      testing_data::write_two_tastes_run("ease", temporary_folder().path() / "run");
      return temporary_folder().path() / "run";
    }();
    return kRun;
  }

  static OffPolicyRequest request(const std::string& text, const std::string& name = "log.csv") {
    OffPolicyRequest out;
    out.log = temporary_folder().write(name, text);
    out.estimators.resamples = 50;
    return out;
  }

  // Actions a, b, c drawn evenly; a earns 0.2, b 0.5, c 0.8 of the time. The target wants c in 6 of 10 rounds.
  static std::string bandit(bool all_targets) {
    RandomStream random(1, "off-policy evaluation test");
    const double target[] = {0.1, 0.3, 0.6}, earns[] = {0.2, 0.5, 0.8};
    std::string out =
        all_targets ? "action,reward,propensity,target.a,target.b,target.c\n" : "action,reward,propensity,target\n";
    for (int i = 0; i < 2000; ++i) {
      const auto a = random.below(3);
      out += std::string(1, static_cast<char>('a' + a)) + (random.uniform() < earns[a] ? ",1," : ",0,") +
             "0.33333333333333331,";
      out += all_targets ? "0.1,0.3,0.6\n" : std::to_string(target[a]) + "\n";
    }
    return out;
  }

  // Users see an item by even odds and take it when it is of their taste.
  static std::string impressions(int rounds, const std::string& item_prefix = "i") {
    RandomStream random(2, "off-policy evaluation test");
    std::string out = "user,action,reward,propensity\n";
    for (int i = 0; i < rounds; ++i) {
      const auto user = random.below(20), item = random.below(10);
      const bool red = item < 5 || item == 9;
      out += (user < 10 ? "u0" : "u") + std::to_string(user) + "," + item_prefix + std::to_string(item) +
             (red == (user % 2 == 0) ? ",1,0.1\n" : ",0,0.1\n");
    }
    return out;
  }
};

TEST_F(OffPolicyEvaluationTest, ColumnsOfAllActionsLetTheModelJudgeThePolicy) {
  const OffPolicyEvaluation out = evaluate_off_policy(request(bandit(true)));
  EXPECT_EQ(out.rounds, 2000);
  EXPECT_EQ(out.actions, 3);
  EXPECT_EQ(out.reward_model, "smoothed mean of each action, cross-fitted in 5 folds");
  for (const E estimator : kOffPolicyEstimators)
    EXPECT_NEAR(value(out, estimator), 0.65, 0.04) << estimator_name(estimator);
  EXPECT_NEAR(out.result.logged.value, 0.5, 0.04);
  EXPECT_THAT(out.result.warnings, testing::IsEmpty());
}

TEST_F(OffPolicyEvaluationTest, TheLoggedActionAloneLeavesDmAndSwitchDrUndefined) {
  const OffPolicyEvaluation out = evaluate_off_policy(request(bandit(false)));
  EXPECT_TRUE(std::isnan(value(out, E::kDm)));
  EXPECT_TRUE(std::isnan(value(out, E::kSwitchDr)));
  EXPECT_NEAR(value(out, E::kDr), 0.65, 0.04);
  EXPECT_THAT(out.result.warnings, testing::ElementsAre(testing::HasSubstr("dm and switch_dr are undefined")));
  EXPECT_THAT(out.reward_model, testing::HasSubstr("the same for every action"));
  // The same weights whichever way they are given.
  const OffPolicyEvaluation all = evaluate_off_policy(request(bandit(true)));
  EXPECT_NEAR(value(out, E::kIps), value(all, E::kIps), 1e-9);
}

TEST_F(OffPolicyEvaluationTest, GivenPredictionsAreUsed) {
  const OffPolicyEvaluation out = evaluate_off_policy(
      request("action,reward,propensity,target,q_hat,dm\na,1,0.5,0.25,0.5,0.75\nb,0,0.5,0.75,0,0.25\n"));
  EXPECT_EQ(out.reward_model, "columns q_hat and dm");
  EXPECT_DOUBLE_EQ(value(out, E::kDm), 0.5);
  EXPECT_DOUBLE_EQ(value(out, E::kDr), (0.75 + 0.5 * 0.5 + 0.25) / 2);
}

TEST_F(OffPolicyEvaluationTest, ARunOfTheRightTasteEarnsMoreThanTheLog) {
  OffPolicyRequest asked = request(impressions(3000));
  asked.run = run();
  asked.policy.temperature = 0.1;
  const OffPolicyEvaluation out = evaluate_off_policy(asked);
  EXPECT_GT(out.result.of(E::kDr).low, out.result.logged.high);
  const Artifact artifact = load_artifact(run() / "artifact");
  const RunPolicy policy(artifact, asked.policy);
  double truth = 0;
  for (int user = 0; user < 20; ++user) {
    const auto drawn = policy.distribution((user < 10 ? "u0" : "u") + std::to_string(user));
    const auto probabilities = policy.probabilities(drawn, std::nullopt);
    for (std::size_t item = 0; item < 10; ++item)
      if ((item < 5 || item == 9) == (user % 2 == 0)) truth += probabilities[item] / 20;
  }
  for (const E estimator : {E::kIps, E::kSnips, E::kDr, E::kSndr}) EXPECT_NEAR(value(out, estimator), truth, 0.05);
  EXPECT_NEAR(out.result.diagnostics.mean_weight, 1, 0.1);
  EXPECT_GT(out.perplexity, 1);
  EXPECT_LT(out.perplexity, 10);
  EXPECT_THAT(out.result.warnings, testing::Contains(testing::HasSubstr("that the run already knows")));
}

TEST_F(OffPolicyEvaluationTest, ARunOverCandidatesIsTheRunOverTheCatalogueWhereTheyAreAll) {
  const std::string log = impressions(300);
  std::string listed;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = log.find('\n', at);
    listed += log.substr(at, end - at) + (at == 0 ? ",candidates\n" : ",\"i0,i1,i2,i3,i4,i5,i6,i7,i8,i9\"\n");
    at = end + 1;
  }
  OffPolicyRequest asked = request(log), among = request(listed, "listed.csv");
  asked.run = among.run = run();
  const OffPolicyEvaluation a = evaluate_off_policy(asked), b = evaluate_off_policy(among);
  for (const E estimator : kOffPolicyEstimators) EXPECT_NEAR(value(a, estimator), value(b, estimator), 1e-9);
  EXPECT_NEAR(a.perplexity, b.perplexity, 1e-9);
}

TEST_F(OffPolicyEvaluationTest, StrangersAndUnknownItemsAreToldOf) {
  OffPolicyRequest asked = request(
      "user,action,reward,propensity\nu00,i1,1,0.5\nnobody,i1,1,0.5\nu01,i99,0,0.5\n"
      "u01,i1,0,0.5\nu02,i2,1,0.5\n");
  asked.run = run();
  const auto warnings = evaluate_off_policy(asked).result.warnings;
  EXPECT_THAT(warnings, testing::Contains(testing::HasSubstr("20 % of the rounds are of users")));
  EXPECT_THAT(warnings, testing::Contains(testing::HasSubstr("20 % of the rounds chose an action that is no item")));
  OffPolicyRequest unknown = request(
      "user,action,reward,propensity,candidates\nu00,x,1,0.5,\"x,y\"\n"
      "u00,x,1,0.5,\"x,y\"\nu00,i1,1,1,i1\nu00,y,1,0.5,\"y,x\"\nu00,i2,1,1,i2\n");
  unknown.run = run();
  const OffPolicyEvaluation even = evaluate_off_policy(unknown);
  EXPECT_THAT(even.result.warnings, testing::Contains(testing::HasSubstr("60 % of the rounds offer no item")));
  EXPECT_DOUBLE_EQ(even.result.diagnostics.mean_weight, 1);
  OffPolicyRequest other = request(impressions(100, "thing"));
  other.run = run();
  EXPECT_THROW(evaluate_off_policy(other), Error);  // no overlap
}

TEST_F(OffPolicyEvaluationTest, SaysWhatIsMissing) {
  const auto fault = [](const OffPolicyRequest& asked) -> std::string {
    try {
      evaluate_off_policy(asked);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.message();
    }
    return "no error";
  };
  EXPECT_THAT(fault(request("action,reward,propensity\na,1,1\n")),
              testing::StartsWith("usage: the log has no column 'target'"));
  EXPECT_THAT(fault(request("action,reward,propensity,target,q_hat\na,1,1,1,1\n")),
              testing::StartsWith("usage: the log has q_hat but not dm"));
  EXPECT_THAT(fault(request("action,reward,propensity,target,dm\na,1,1,1,1\n")),
              testing::StartsWith("usage: the log has dm but not q_hat"));
  EXPECT_THAT(fault(request("action,reward,propensity,target\na,1,1,1\n")),
              testing::StartsWith("data: 1 rounds cannot be dealt into 5 folds"));
  OffPolicyRequest without_user = request("action,reward,propensity\na,1,1\n");
  without_user.run = run();
  EXPECT_THAT(fault(without_user), testing::StartsWith("usage: the log has no column 'user'"));
  without_user.run = "absent-run";
  EXPECT_THAT(fault(without_user), testing::StartsWith("not_found: no such run"));
}

}  // namespace
}  // namespace genre
