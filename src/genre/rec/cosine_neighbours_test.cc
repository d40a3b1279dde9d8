#include "genre/rec/cosine_neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/random.h"

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

TEST(CosineNeighbours, OfAllRowsAreThoseOfEach) {
  RandomStream random(7, "all neighbours");
  Matrix vectors(50, 9);
  for (std::int64_t n = 0; n < 50 * 9; ++n) vectors.data()[n] = static_cast<float>(random.normal());
  for (const int zeros : {3, 17, 49}) std::ranges::fill(vectors.row(zeros), 0.0f);
  const auto all = all_cosine_neighbours(vectors, 4);
  ASSERT_EQ(all.size(), 50u);
  for (std::int32_t item = 0; item < 50; ++item) {
    auto wanted = cosine_neighbours(vectors, item, 4);
    std::ranges::sort(wanted, {}, &ScoredIndex::index);
    ASSERT_EQ(all[item].size(), wanted.size()) << item;
    for (std::size_t n = 0; n < wanted.size(); ++n) {
      EXPECT_EQ(all[item][n].index, wanted[n].index);
      EXPECT_NEAR(all[item][n].score, wanted[n].score, 1e-6);
    }
  }
}

}  // namespace
}  // namespace genre
