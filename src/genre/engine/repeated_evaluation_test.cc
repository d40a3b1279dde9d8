#include "genre/engine/repeated_evaluation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/not_a_number.h"
#include "genre/base/random.h"

namespace genre {
namespace {

std::vector<std::string> names_of(const EngineConfig& config) {
  std::vector<std::string> out;
  for (const auto& repetition : repetitions(config)) out.push_back(repetition.name);
  return out;
}

// One repetition with two models and one metric of users; the second model is that much better.
EvaluationResult result_of(const std::vector<std::int32_t>& users, const std::vector<double>& values, double rmse) {
  EvaluationResult out;
  out.users = users;
  out.metrics = {"ndcg@10"};
  for (const double more : {0.0, 0.25}) {
    ModelResult model;
    model.model = more > 0 ? "better" : "plain";
    double sum = 0;
    std::int64_t count = 0;
    for (const double value : values) {
      model.per_user["ndcg@10"].push_back(value + more);
      if (std::isnan(value)) continue;
      sum += value + more;
      ++count;
    }
    model.metrics["ndcg@10"] = {sum / static_cast<double>(count), 0, 1};
    model.metrics["rmse"] = {rmse, rmse - 0.1, rmse + 0.1};
    model.fallback_users = 2;
    model.slices["warm"] = {static_cast<std::int64_t>(users.size()), {{"ndcg@10", {rmse / 2, 0, 1}}}};
    model.beyond = {rmse, 0, 0, 0, 0, kNan, 0, 0};
    model.lists.serendipity = {rmse, rmse - 0.1, rmse + 0.1};
    model.lists.exposure = {{"popularity", {"head", "tail", ""}, {{0.1, rmse, 0.5, 1}, {0.9, 0, 0.5, kNan}, {}}}};
    out.models.push_back(std::move(model));
  }
  return out;
}

TEST(Repetitions, AreFoldsBySeeds) {
  EngineConfig config;
  EXPECT_TRUE(repetitions(config).empty());
  config.data.split = {.kind = "k_fold", .folds = 3, .fold = 2};
  EXPECT_TRUE(repetitions(config).empty());
  config.evaluate.seeds = 2;
  EXPECT_EQ(names_of(config), (std::vector<std::string>{"seed 7", "seed 8"}));
  EXPECT_EQ(repetitions(config).front().fold, 2);
  config.evaluate.all_folds = true;
  EXPECT_EQ(names_of(config), (std::vector<std::string>{"fold 0, seed 7", "fold 0, seed 8", "fold 1, seed 7",
                                                        "fold 1, seed 8", "fold 2, seed 7", "fold 2, seed 8"}));
  config.evaluate.seeds = 1;
  EXPECT_EQ(names_of(config), (std::vector<std::string>{"fold 0", "fold 1", "fold 2"}));
  config.data.split.kind = "temporal";
  EXPECT_THROW(repetitions(config), Error);
}

TEST(PoolRepetitions, TakesMeansOverUsersOfMeansOverRepetitions) {
  const std::vector<EvaluationResult> each = {result_of({1, 4, 9}, {0.1, 0.2, 0.3}, 0.9),
                                              result_of({4, 5}, {0.6, kNan}, 1.0), result_of({1, 9}, {0.5, 0.4}, 1.4)};
  const EvaluationResult pooled = pool_repetitions({"fold 0", "fold 1", "fold 2"}, each, 7, 1000);
  EXPECT_EQ(pooled.users, (std::vector<std::int32_t>{1, 4, 5, 9}));
  EXPECT_EQ(pooled.repetitions.size(), 3u);
  const ModelResult& model = pooled.models.front();
  const auto& values = model.per_user.at("ndcg@10");
  EXPECT_DOUBLE_EQ(values[0], 0.3);
  EXPECT_DOUBLE_EQ(values[1], 0.4);
  EXPECT_TRUE(std::isnan(values[2]));
  EXPECT_DOUBLE_EQ(values[3], 0.35);
  EXPECT_DOUBLE_EQ(model.metrics.at("ndcg@10").value, 0.35);
  EXPECT_LT(model.metrics.at("ndcg@10").low, 0.35);
  const Repeated& repeated = model.repeated.at("ndcg@10");
  EXPECT_EQ(repeated.values.size(), 3u);
  EXPECT_DOUBLE_EQ(repeated.mean, (0.2 + 0.6 + 0.45) / 3);
  EXPECT_NEAR(repeated.deviation, 0.2020726, 1e-6);  // R: sd(c(.2, .6, .45))
  EXPECT_DOUBLE_EQ(model.metrics.at("rmse").value, 1.1);
  EXPECT_TRUE(std::isnan(model.metrics.at("rmse").low));
  EXPECT_EQ(model.fallback_users, 6);
  EXPECT_EQ(model.slices.at("warm").users, 2);  // 7 / 3
  EXPECT_DOUBLE_EQ(model.slices.at("warm").metrics.at("ndcg@10").value, 0.55);
  EXPECT_DOUBLE_EQ(model.beyond.coverage, 1.1);
  EXPECT_TRUE(std::isnan(model.beyond.novelty));
  EXPECT_DOUBLE_EQ(model.lists.serendipity.value, 1.1);
  EXPECT_TRUE(std::isnan(model.lists.serendipity.low));
  EXPECT_DOUBLE_EQ(model.lists.exposure[0].exposure[0].exposure, 1.1);
  EXPECT_TRUE(std::isnan(model.lists.exposure[0].exposure[1].ratio));
  ASSERT_EQ(pooled.comparisons.size(), 1u);
  EXPECT_NEAR(pooled.comparisons[0].result.difference, -0.25, 1e-12);
}

TEST(PoolRepetitions, OfTheSameUsersHaveTheMeanOfTheRepetitions) {
  RandomStream random(3, "values");
  std::vector<std::int32_t> users(200);
  std::vector<EvaluationResult> each;
  for (std::int32_t u = 0; u < 200; ++u) users[u] = 2 * u;
  for (int r = 0; r < 4; ++r) {
    std::vector<double> values;
    for (int u = 0; u < 200; ++u) values.push_back(random.uniform());
    each.push_back(result_of(users, values, 1));
  }
  const ModelResult model = pool_repetitions({"a", "b", "c", "d"}, each, 7, 1000).models.front();
  EXPECT_NEAR(model.metrics.at("ndcg@10").value, model.repeated.at("ndcg@10").mean, 1e-12);
}

TEST(PoolRepetitions, ExpectationsCountRepetitionsWithoutTiesByTheirValue) {
  std::vector<EvaluationResult> each = {result_of({1}, {0.2}, 1), result_of({1}, {0.4}, 1)};
  EXPECT_TRUE(pool_repetitions({"a", "b"}, each, 7, 1000).models[0].expected_under_ties.empty());
  each[1].models[0].expected_under_ties["ndcg@10"] = 0.5;
  EXPECT_DOUBLE_EQ(pool_repetitions({"a", "b"}, each, 7, 1000).models[0].expected_under_ties.at("ndcg@10"), 0.35);
}

TEST(PoolRepetitions, OneRepetitionHasNoDeviation) {
  const EvaluationResult pooled = pool_repetitions({"fold 0"}, {result_of({1, 2}, {0.2, 0.4}, 1)}, 7, 1000);
  EXPECT_TRUE(std::isnan(pooled.models[0].repeated.at("ndcg@10").deviation));
  EXPECT_DOUBLE_EQ(pooled.models[0].metrics.at("ndcg@10").value, 0.3);
}

}  // namespace
}  // namespace genre
