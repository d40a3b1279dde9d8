#include "genre/linalg/top_k.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/random.h"

namespace genre {

TEST(TopK, EqualsASortOfEverything) {
  RandomStream random(1, "top_k_test");
  for (int round = 0; round < 200; ++round) {
    std::vector<float> scores(random.below(round % 2 == 0 ? 300 : 3000));
    const std::uint64_t levels = random.below(2) == 0 ? 20 : 1000000;  // many ties, or few
    for (auto& score : scores) score = random.below(10) == 0 ? kMasked : static_cast<float>(random.below(levels));
    std::vector<ScoredIndex> all;
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (scores[i] > kMasked) all.push_back({static_cast<std::int32_t>(i), scores[i]});
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    const int k = static_cast<int>(random.below(40));
    all.resize(std::min<std::size_t>(all.size(), k));
    ASSERT_EQ(top_k(scores, k), all);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    ASSERT_EQ(top_k_by_index(scores, k), all);
  }
}

TEST(TopK, NanAndMaskedScoresAreLeftOut) {
  const std::vector<float> scores = {kMasked, NAN, 1, kMasked, 2, -5};
  EXPECT_EQ(top_k(scores, 10), (std::vector<ScoredIndex>{{4, 2}, {2, 1}, {5, -5}}));
  EXPECT_TRUE(top_k(scores, 0).empty());
  EXPECT_TRUE(top_k({}, 3).empty());
}

TEST(TopK, InfinitiesAreScoresLikeOthers) {
  std::vector<float> scores(1000, 1.0f);
  scores[700] = scores[3] = std::numeric_limits<float>::infinity();
  scores[5] = NAN;
  EXPECT_EQ(top_k(scores, 3), (std::vector<ScoredIndex>{{3, scores[3]}, {700, scores[3]}, {0, 1}}));
}

TEST(FindAbove, ListsTheIndicesOfHigherScores) {
  std::vector<float> scores(500, 1.0f);
  for (const int i : {4, 90, 91, 499}) scores[i] = 2;
  scores[92] = NAN;
  EXPECT_EQ(find_above(scores, 1), (std::vector<std::int32_t>{4, 90, 91, 499}));
  EXPECT_TRUE(find_above(scores, 2).empty());
  EXPECT_EQ(find_above(scores, kMasked).size(), 499u);
}

TEST(FindEqual, ListsTheIndicesOfAScoreUpToTheLimit) {
  std::vector<float> scores(500, 1.0f);
  for (const int i : {4, 90, 91, 499}) scores[i] = 2;
  scores[92] = 3;
  EXPECT_EQ(find_equal(scores, 5, 2, 10), (std::vector<std::int32_t>{90, 91, 499}));
  EXPECT_EQ(find_equal(scores, 0, 2, 2), (std::vector<std::int32_t>{4, 90}));
  EXPECT_EQ(find_equal(scores, 0, 1, 1000).size(), 495u);
  EXPECT_TRUE(find_equal(scores, 500, 2, 10).empty());
  EXPECT_TRUE(find_equal(scores, 0, 2, 0).empty());
}

TEST(KeepBest, LeavesTheBestInTheOrderOfIndices) {
  std::vector<ScoredIndex> entries = {{7, 1}, {2, 3}, {5, 1}, {1, 1}, {9, 2}};
  keep_best(entries, 3);
  EXPECT_EQ(entries, (std::vector<ScoredIndex>{{1, 1}, {2, 3}, {9, 2}}));
  keep_best(entries, 10);
  EXPECT_EQ(entries.size(), 3u);
  keep_best(entries, 0);
  EXPECT_TRUE(entries.empty());
  entries = {{1, 1}, {2, 3}, {5, 1}, {7, 1}, {9, 2}};
  keep_best(entries, 4);
  EXPECT_EQ(entries, (std::vector<ScoredIndex>{{1, 1}, {2, 3}, {5, 1}, {9, 2}}));
}

}  // namespace genre
