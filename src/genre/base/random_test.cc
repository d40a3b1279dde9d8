#include "genre/base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

namespace genre {

TEST(RandomStream, SameSeedAndPurposeGiveTheSameNumbers) {
  RandomStream a(7, "split"), b(7, "split");
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.next(), b.next());
}

TEST(RandomStream, PurposesAndSeedsAreIndependent) {
  RandomStream a(7, "split"), b(7, "negatives"), c(8, "split");
  const auto first = a.next();
  EXPECT_NE(first, b.next());
  EXPECT_NE(first, c.next());
}

TEST(RandomStream, BelowIsUniformAndInRange) {
  RandomStream stream(1, "test");
  std::array<int, 10> counts{};
  for (int i = 0; i < 100000; ++i) ++counts.at(stream.below(10));
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(RandomStream, NormalHasZeroMeanAndUnitVariance) {
  RandomStream stream(1, "test");
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 100000, 0, 0.02);
  EXPECT_NEAR(squares / 100000, 1, 0.03);
}

TEST(RandomStream, ShuffleIsAPermutation) {
  std::array<int, 50> values;
  std::iota(values.begin(), values.end(), 0);
  RandomStream(3, "shuffle").shuffle(std::span<int>(values));
  EXPECT_FALSE(std::is_sorted(values.begin(), values.end()));
  std::sort(values.begin(), values.end());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(values[i], i);
}

}  // namespace genre
