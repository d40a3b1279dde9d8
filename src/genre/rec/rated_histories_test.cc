#include "genre/rec/rated_histories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

using ::testing::ElementsAre;

TEST(RatedHistories, TheScaleIsThatOfTheRatings) {
  const CsrMatrix interactions = csr_from_triplets(2, 3, {{0, 1, 1}, {1, 0, 1}});
  const CsrMatrix ratings = csr_from_triplets(2, 3, {{0, 0, 1}, {0, 1, 4}, {1, 0, 5}, {1, 2, 2}});
  const RatingScale scale = rating_scale(ratings, interactions);
  EXPECT_EQ(scale.mean, 3);
  EXPECT_EQ(scale.liked, 4.5f);
  EXPECT_EQ(scale.lowest, 1);
  EXPECT_EQ(scale.highest, 5);
}

TEST(RatedHistories, AUserIsRememberedAndAStrangerLikedTheHistory) {
  const CsrMatrix ratings = csr_from_triplets(2, 3, {{0, 0, 1}, {0, 1, 4}});
  const RatedHistories histories(ratings, rating_scale(ratings, ratings));
  const std::vector<std::int32_t> history = {2};
  const auto known = histories.rated({.user = 0, .history = history});
  EXPECT_THAT(known.items, ElementsAre(0, 1));
  EXPECT_THAT(known.values, ElementsAre(1, 4));
  for (const std::optional<std::int32_t> user : {std::optional<std::int32_t>(), std::optional<std::int32_t>(1)}) {
    const auto stranger = histories.rated({.user = user, .history = history});
    EXPECT_THAT(stranger.items, ElementsAre(2));
    EXPECT_EQ(stranger.value(0, 2.5f), 2.5f);
  }
}

TEST(RatedHistories, InteractionsStandInForRatings) {
  const SmallWorld world = small_world(5, 6);
  EXPECT_EQ(&ratings_of("x", {world.interactions, {}, 7}), &world.interactions);
  EXPECT_EQ(&ratings_of("x", world.data()), &world.ratings);
}

TEST(RatedHistories, MeansOfItemsAndDeviationsOfUsers) {
  const CsrMatrix ratings = csr_from_triplets(2, 3, {{0, 0, 1}, {0, 1, 4}, {1, 0, 5}});
  EXPECT_THAT(item_means(ratings, 2.5f), ElementsAre(3, 4, 2.5f));
  EXPECT_THAT(centred_by_user(ratings).values, ElementsAre(-1.5f, 1.5f, 0));
}

TEST(RatedHistories, RatingsThatAreNoneAreRefused) {
  SmallWorld world = small_world(5, 6);
  world.ratings.values[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(ratings_of("x", world.data()), Error);
  const CsrMatrix narrow = csr_from_triplets(5, 4, {{0, 0, 1}});
  EXPECT_THROW(ratings_of("x", {world.interactions, {}, 7, &narrow}), Error);
  const CsrMatrix none = csr_from_triplets(5, 6, {});
  EXPECT_THROW(ratings_of("x", {world.interactions, {}, 7, &none}), Error);
}

}  // namespace
}  // namespace genre
