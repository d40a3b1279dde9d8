#include "genre/engine/evaluation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/engine/testing.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {

ModelResult run(const Dataset& dataset, const std::string& name, const EvaluateOptions& options = {}) {
  const CsrMatrix train = dataset.matrix(kTrainPart, true);
  const Matrix vectors = testing_data::two_taste_vectors();
  const auto model = make_recommender_options(name)->build();
  model->fit({.interactions = train, .item_vectors = vectors});
  return Evaluation(dataset, options, 7).run(*model, name);
}

TEST(Evaluation, TasteModelsBeatPopularityAndSeenItemsAreLeftOut) {
  const Dataset dataset = testing_data::two_tastes();
  const ModelResult ease = run(dataset, "ease"), random = run(dataset, "random");
  EXPECT_EQ(ease.users, 20);
  EXPECT_GT(ease.metrics.at("ndcg@10").value, random.metrics.at("ndcg@10").value);
  const CsrMatrix seen = dataset.seen(kTrainPart | kValidPart);
  for (std::int64_t q = 0; q < ease.rankings.queries(); ++q) {
    const auto list = ease.rankings.list(q);
    EXPECT_EQ(list.size(), 10 - seen.row_indices(q).size());
    const auto row = seen.row_indices(q);
    for (const std::int32_t item : list) EXPECT_FALSE(std::binary_search(row.begin(), row.end(), item));
  }
}

TEST(Evaluation, SlicesSplitUsersAndItems) {
  Dataset dataset = testing_data::two_tastes();
  // The test event of user 0 moves to an item that nobody has in training.
  for (std::int64_t i = 0; i < dataset.interactions.size(); ++i)
    if (dataset.interactions.user[i] == 0 && dataset.interactions.part[i] == 2) dataset.interactions.item[i] = 9;
  const ModelResult result = run(dataset, "lm_content");
  EXPECT_EQ(result.slices.at("cold_item").users, 1);
  EXPECT_EQ(result.slices.at("warm").users, 19);
  EXPECT_EQ(result.slices.at("short_history").users, 20);
  EXPECT_FALSE(result.slices.contains("longer_history"));
  EXPECT_GT(result.slices.at("cold_item").metrics.at("ndcg@10").value, 0);
}

TEST(Evaluation, ColdCandidatesRankOnlyItemsWithoutTraining) {
  Dataset dataset = testing_data::two_tastes();
  for (std::int64_t i = 0; i < dataset.interactions.size(); ++i)
    if (dataset.interactions.part[i] == 2) dataset.interactions.item[i] = 9;
  EvaluateOptions options;
  options.candidates = "cold";
  const ModelResult result = run(dataset, "lm_content", options);
  EXPECT_EQ(result.users, 20);
  for (const std::int32_t item : result.rankings.items) EXPECT_EQ(item, 9);
  EXPECT_EQ(result.metrics.at("ndcg@10").value, 1.0);
}

TEST(Evaluation, UsersOfWhomNothingIsKnownGetPopularityAsInTheService) {
  Dataset dataset = testing_data::two_tastes();
  for (std::int64_t i = 0; i < dataset.interactions.size(); ++i)
    if (dataset.interactions.user[i] == 0) dataset.interactions.part[i] = static_cast<std::uint8_t>(Part::kTest);
  const ModelResult ease = run(dataset, "ease"), popularity = run(dataset, "popularity");
  EXPECT_EQ(ease.fallback_users, 1);
  EXPECT_EQ(popularity.fallback_users, 0);
  EXPECT_TRUE(std::ranges::equal(ease.rankings.list(0), popularity.rankings.list(0)));
}

TEST(Evaluation, ListsOfACascadeAreFilledUp) {
  const Dataset dataset = testing_data::two_tastes();
  const ModelResult result = run(dataset, "cascade");
  const CsrMatrix seen = dataset.seen(kTrainPart | kValidPart);
  for (std::int64_t q = 0; q < result.rankings.queries(); ++q)
    EXPECT_EQ(result.rankings.list(q).size(), 10 - seen.row_indices(q).size());
}

TEST(Evaluation, NoTestUsersIsAClearError) {
  Dataset dataset = testing_data::two_tastes();
  for (auto& part : dataset.interactions.part) part = 0;
  EXPECT_THROW(Evaluation(dataset, {}, 7), Error);
}

TEST(Evaluation, PairsAreComparedWithHolmCorrection) {
  const Dataset dataset = testing_data::two_tastes();
  const Evaluation evaluation(dataset, {}, 7);
  const EvaluationResult result =
      evaluation.finish({run(dataset, "ease"), run(dataset, "random"), run(dataset, "popularity")});
  ASSERT_EQ(result.comparisons.size(), 3u);
  for (const auto& comparison : result.comparisons) {
    EXPECT_GE(comparison.p_holm, comparison.result.p);
    EXPECT_LE(comparison.p_holm, 1.0);
  }
}

TEST(Evaluation, ResultsDoNotChangeFromRunToRun) {
  const Dataset dataset = testing_data::two_tastes();
  const ModelResult a = run(dataset, "random"), b = run(dataset, "random");
  EXPECT_EQ(a.rankings.items, b.rankings.items);
  EXPECT_EQ(a.metrics.at("ndcg@10").low, b.metrics.at("ndcg@10").low);
}

}  // namespace
}  // namespace genre
