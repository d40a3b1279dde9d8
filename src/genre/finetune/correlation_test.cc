#include "genre/finetune/correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace genre {
namespace {

TEST(Correlation, AgreesWithTheDefinition) {
  const std::vector<double> a = {1, 2, 3, 4}, b = {1, 3, 2, 10};
  // Sums by hand: deviations of b are -3, -1, -2, 6.
  EXPECT_DOUBLE_EQ(pearson(a, b), (1.5 * 3 + 0.5 * 1 - 0.5 * 2 + 1.5 * 6) / std::sqrt(5.0 * 50.0));
  EXPECT_DOUBLE_EQ(spearman(a, b), 0.8);
}

TEST(Correlation, EqualNumbersShareTheirRank) {
  const std::vector<double> a = {1, 2, 2, 3}, b = {1, 4, 4, 9}, c = {5, 5, 1, 1};
  EXPECT_DOUBLE_EQ(spearman(a, b), 1);
  // Ranks 0, 1.5, 1.5, 3 and 2.5, 2.5, .5, .5.
  EXPECT_DOUBLE_EQ(spearman(a, c), -3.0 / std::sqrt(4.5 * 4.0));
}

TEST(Correlation, IsNotANumberForAConstant) {
  const std::vector<double> a = {1, 2}, b = {7, 7};
  EXPECT_TRUE(std::isnan(pearson(a, b)));
  EXPECT_TRUE(std::isnan(spearman({}, {})));
}

}  // namespace
}  // namespace genre
