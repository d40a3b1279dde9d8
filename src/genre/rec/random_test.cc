#include "genre/rec/random.h"

#include <gtest/gtest.h>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(RandomRecommender, UsersSeedsAndHistoriesDiffer) {
  const SmallWorld world = small_world(10, 500);
  RandomRecommender model, other_seed;
  model.fit(world.data(7));
  other_seed.fit(world.data(8));
  const std::vector<std::int32_t> history = {1, 2}, other_history = {2, 1};
  EXPECT_NE(scores_of(model, {.user = 1}), scores_of(model, {.user = 2}));
  EXPECT_NE(scores_of(model, {.user = 1}), scores_of(other_seed, {.user = 1}));
  EXPECT_NE(scores_of(model, {.history = history}), scores_of(model, {.history = other_history}));
}

TEST(RandomRecommender, ScoresAreUniform) {
  const SmallWorld world = small_world(1, 20000);
  RandomRecommender model;
  model.fit(world.data());
  double sum = 0;
  int below = 0;
  for (const float score : scores_of(model, {.user = 0})) {
    ASSERT_GE(score, 0);
    ASSERT_LT(score, 1);
    sum += score;
    below += score < 0.1f ? 1 : 0;
  }
  EXPECT_NEAR(sum / 20000, 0.5, 0.01);
  EXPECT_NEAR(below / 20000.0, 0.1, 0.01);
}

TEST(RandomRecommender, ScoresAreTheSameOnEveryMachine) {
  const SmallWorld world = small_world(1, 3);
  RandomRecommender model;
  model.fit(world.data(7));
  const auto scores = scores_of(model, {.user = 0});
  EXPECT_EQ(scores, (std::vector<float>{10223943 * 0x1p-24f, 1679045 * 0x1p-24f, 4909740 * 0x1p-24f}));
}

}  // namespace
}  // namespace genre
