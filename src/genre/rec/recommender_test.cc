#include "genre/rec/recommender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace genre {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BestPositive, KeepsTheLargestAboveZeroInRankingOrder) {
  EXPECT_THAT(best_positive({{4, 1}, {2, 3}, {3, 1}, {0, 0}, {1, -2}}, 2),
              ElementsAre(ScoredIndex{2, 3}, ScoredIndex{3, 1}));
  EXPECT_THAT(best_positive({{4, 1}}, 0), IsEmpty());
  EXPECT_THAT(best_positive({{4, 1}}, -1), IsEmpty());
}

}  // namespace
}  // namespace genre
