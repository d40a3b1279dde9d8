#include "genre/rec/rating_scale.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(RatingScale, LikedIsTheMeanRatingOfThePositives) {
  const CsrMatrix positives = csr_from_triplets(2, 3, {{0, 0, 1}, {1, 2, 1}});
  const CsrMatrix ratings = csr_from_triplets(2, 3, {{0, 0, 5}, {0, 1, 1}, {1, 2, 4}});
  TrainingData data{positives, {}, 7, &ratings};
  const RatingScale scale = rating_scale(data);
  EXPECT_FLOAT_EQ(scale.mean, 10.0f / 3);
  EXPECT_FLOAT_EQ(scale.liked, 4.5f);
  EXPECT_EQ(scale.minimum, 1);
  EXPECT_EQ(scale.maximum, 5);
}

TEST(RatingScale, WithoutRatingsTheInteractionsAreAllThereIs) {
  const CsrMatrix positives = csr_from_triplets(2, 3, {{0, 0, 2}, {1, 2, 4}});
  TrainingData data{positives, {}, 7};
  EXPECT_EQ(&require_ratings("als", data), &positives);
  EXPECT_FLOAT_EQ(rating_scale(data).liked, 3);
  const CsrMatrix nothing = csr_from_triplets(2, 3, {});
  data.ratings = &nothing;
  EXPECT_THROW(require_ratings("als", data), Error);
}

}  // namespace
}  // namespace genre
