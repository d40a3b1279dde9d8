#include "genre/rec/cosine_neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace genre {
namespace {

TEST(CosineNeighbours, LengthsDoNotMatterAndZerosAreNowhere) {
  Matrix vectors(5, 2);
  const float values[] = {1, 0, 30, 10, 0, 0, 0, 2, -1, 0};
  std::ranges::copy(values, vectors.data());
  const auto near = cosine_neighbours(vectors, 0, 10);
  ASSERT_EQ(near.size(), 3u);
  EXPECT_EQ(near[0].index, 1);
  EXPECT_NEAR(near[0].score, 3 / std::sqrt(10.0f), 1e-6);
  EXPECT_EQ(near[1].index, 3);
  EXPECT_EQ(near[2].index, 4);
  EXPECT_NEAR(near[2].score, -1, 1e-6);
  EXPECT_TRUE(cosine_neighbours(vectors, 2, 10).empty());
}

}  // namespace
}  // namespace genre
