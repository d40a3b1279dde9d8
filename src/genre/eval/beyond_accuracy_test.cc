#include "genre/eval/beyond_accuracy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/base/random.h"
#include "genre/eval/small_lists_test.h"

namespace genre {
namespace {

using small_lists::rankings_of;

TEST(BeyondAccuracy, OneListForEverybodyIsTheLeastDiverse) {
  const std::vector<double> popularity = {4, 2, 1, 1};
  const auto out = beyond_accuracy(rankings_of({{0, 1}, {0, 1}, {0, 1}}), 2, popularity);
  EXPECT_DOUBLE_EQ(out.coverage, 0.5);
  EXPECT_DOUBLE_EQ(out.inter_list_distance, 0);
  EXPECT_DOUBLE_EQ(out.entropy, 1);
  EXPECT_DOUBLE_EQ(out.herfindahl, 0.5);
  EXPECT_DOUBLE_EQ(out.gini_diversity, 2 * (2.0 / 5 * 0.5 + 1.0 / 5 * 0.5));
  EXPECT_DOUBLE_EQ(out.novelty, (1 + 2) / 2.0);
  EXPECT_DOUBLE_EQ(out.average_popularity, 3);
  EXPECT_DOUBLE_EQ(out.long_tail_share, 0);  // 4 + 2 of 8 are not yet 80 %, so the head is items 0, 1 and 2
}

TEST(BeyondAccuracy, EvenExposureIsTheMostDiverse) {
  const std::vector<double> popularity = {8, 1, 1, 0};
  const auto out = beyond_accuracy(rankings_of({{0, 1}, {2, 3}}), 2, popularity);
  EXPECT_DOUBLE_EQ(out.coverage, 1);
  EXPECT_DOUBLE_EQ(out.gini_diversity, 1);
  EXPECT_DOUBLE_EQ(out.entropy, 2);
  EXPECT_DOUBLE_EQ(out.inter_list_distance, 1);
  EXPECT_DOUBLE_EQ(out.long_tail_share, 0.75);
}

TEST(BeyondAccuracy, InterListDistanceIsTheMeanOverPairs) {
  RandomStream random(7, "beyond accuracy test");
  std::vector<std::vector<std::int32_t>> lists(15);
  for (auto& list : lists) {
    std::vector<std::int32_t> items = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    random.shuffle(std::span<std::int32_t>(items));
    list.assign(items.begin(), items.begin() + 4);
  }
  double sum = 0, pairs = 0;
  for (std::size_t a = 0; a < lists.size(); ++a) {
    for (std::size_t b = a + 1; b < lists.size(); ++b) {
      double overlap = 0;
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) overlap += lists[a][i] == lists[b][j] ? 1 : 0;
      sum += 1 - overlap / 3;
      ++pairs;
    }
  }
  const std::vector<double> popularity(10, 1.0);
  EXPECT_NEAR(beyond_accuracy(rankings_of(lists), 3, popularity).inter_list_distance, sum / pairs, 1e-12);
}

TEST(BeyondAccuracy, NothingShownIsUndefined) {
  const std::vector<double> popularity = {1, 2};
  EXPECT_TRUE(std::isnan(beyond_accuracy(rankings_of({{}, {}}), 5, popularity).coverage));
  EXPECT_TRUE(std::isnan(beyond_accuracy(rankings_of({{0}}), 5, popularity).inter_list_distance));
}

}  // namespace
}  // namespace genre
