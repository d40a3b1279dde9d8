#include "genre/engine/run_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "genre/base/error.h"
#include "genre/data/temporary_folder.h"
#include "genre/engine/testing.h"

namespace genre {
namespace {

class RunPolicyTest : public testing::Test {
 protected:
  static const Artifact& artifact() {
    static const Artifact kArtifact = [] {
      testing_data::write_two_tastes_run("ease", temporary_folder().path() / "run");
      return load_artifact(temporary_folder().path() / "run" / "artifact");
    }();
    return kArtifact;
  }
  static std::vector<double> catalogue(const RunPolicy& policy, const char* user) {
    return policy.probabilities(policy.distribution(user), std::nullopt);
  }
};

TEST_F(RunPolicyTest, IsTheSoftmaxOfTheModelsScores) {
  const RunPolicy policy(artifact(), {.temperature = 0.5});
  const auto history = artifact().histories.positives(0);
  const Query query{.user = 0, .history = history};
  std::vector<float> scores(10);
  artifact().model->score({&query, 1}, {scores.data(), 1, 10});
  double sum = 0;
  for (const float score : scores) sum += std::exp(score / 0.5);
  const auto probabilities = catalogue(policy, "u00");
  ASSERT_EQ(probabilities.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_NEAR(probabilities[i], std::exp(scores[i] / 0.5) / sum, 1e-6);
}

TEST_F(RunPolicyTest, LowTemperatureIsSureOfTheBest) {
  const auto sure = catalogue(RunPolicy(artifact(), {.temperature = 1e-6}), "u00");
  EXPECT_NEAR(*std::max_element(sure.begin(), sure.end()), 1, 1e-3);
  const auto even = catalogue(RunPolicy(artifact(), {.temperature = 1e6}), "u00");
  for (const double probability : even) EXPECT_NEAR(probability, 0.1, 1e-4);
}

TEST_F(RunPolicyTest, CandidatesShareAllOfTheProbability) {
  const RunPolicy policy(artifact(), {});
  const auto drawn = policy.distribution("u00");
  const auto all = policy.probabilities(drawn, std::nullopt);
  const std::vector<std::int32_t> items = {2, -1, 7};
  const auto some = policy.probabilities(drawn, items);
  EXPECT_EQ(some[1], 0);
  EXPECT_NEAR(some[0] + some[2], 1, 1e-12);
  EXPECT_NEAR(some[0] / some[2], all[2] / all[7], 1e-9);
  const std::vector<std::int32_t> none = {-1};
  EXPECT_EQ(policy.probabilities(drawn, none), std::vector<double>{0});
}

TEST_F(RunPolicyTest, UnseenLeavesOutTheHistory) {
  const auto probabilities = catalogue(RunPolicy(artifact(), {.unseen = true}), "u01");
  EXPECT_NEAR(std::accumulate(probabilities.begin(), probabilities.end(), 0.0), 1, 1e-12);
  const auto seen = artifact().histories.seen(*artifact().users.find("u01"));
  ASSERT_FALSE(seen.empty());
  for (const std::int32_t item : seen) EXPECT_EQ(probabilities[static_cast<std::size_t>(item)], 0);
}

TEST_F(RunPolicyTest, StrangersDrawByPopularity) {
  const RunPolicy policy(artifact(), {.temperature = 0.01});
  const auto drawn = policy.distribution("nobody");
  EXPECT_FALSE(drawn.personal);
  const auto probabilities = policy.probabilities(drawn, std::nullopt);
  std::vector<double> likes(10, 1);
  for (std::size_t i = 0; i < artifact().histories.items.size(); ++i) likes[artifact().histories.items[i]] += 1;
  const double all = std::accumulate(likes.begin(), likes.end(), 0.0);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_NEAR(probabilities[i], likes[i] / all, 1e-6);
}

TEST_F(RunPolicyTest, TemperatureMustBeAboveZero) {
  for (const double temperature : {0.0, -1.0, double{NAN}, double{INFINITY}})
    EXPECT_THROW(RunPolicy(artifact(), {.temperature = temperature}), Error);
}

}  // namespace
}  // namespace genre
