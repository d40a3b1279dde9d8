#include "genre/lm/batch_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace genre {

TEST(BatchPlan, HoldsEveryTextOnceLongestFirst) {
  std::vector<std::int32_t> lengths;
  for (int i = 0; i < 500; ++i) lengths.push_back(2 + i * 7919 % 60);
  const BatchPlan plan = plan_batches(lengths, 256, 2);
  std::vector<bool> seen(lengths.size());
  for (const auto text : plan.order) {
    EXPECT_FALSE(seen[text]);
    seen[text] = true;
  }
  EXPECT_EQ(plan.order.size(), lengths.size());
  EXPECT_TRUE(std::ranges::is_sorted(plan.order, std::greater{}, [&](auto i) { return lengths[i]; }));
  for (std::size_t b = 0; b < plan.batches(); ++b) {
    int tokens = 0;
    for (int i = plan.starts[b]; i < plan.starts[b + 1]; ++i) tokens += lengths[plan.order[i]];
    EXPECT_GT(tokens, 0);
    EXPECT_LE(tokens, 256);
  }
}

TEST(BatchPlan, FewTextsAreSharedOut) {
  EXPECT_EQ(plan_batches(std::vector<std::int32_t>{10, 10, 10, 10}, 1024, 4).batches(), 4u);
  EXPECT_EQ(plan_batches(std::vector<std::int32_t>{10}, 1024, 4).batches(), 1u);
  EXPECT_EQ(plan_batches({}, 1024, 4).batches(), 0u);
}

TEST(BatchPlan, EveryThreadGetsAsManyBatchesOfLikeSize) {
  for (const int texts : {300, 411, 555, 1000}) {
    const std::vector<std::int32_t> lengths(texts, 20);
    const BatchPlan plan = plan_batches(lengths, 1024, 2);
    EXPECT_EQ(plan.batches() % 2, 0u) << texts;
    for (std::size_t b = 0; b < plan.batches(); ++b)
      EXPECT_NEAR(plan.starts[b + 1] - plan.starts[b], static_cast<double>(texts) / plan.batches(), 1) << texts;
  }
}

TEST(BatchPlan, TextsOfNoTokensAreOneBatch) {
  EXPECT_EQ(plan_batches(std::vector<std::int32_t>{0, 0, 0}, 1024, 2).batches(), 1u);
}

TEST(BatchPlan, ATextAboveTheLimitGoesAlone) {
  EXPECT_EQ(plan_batches(std::vector<std::int32_t>{300, 5, 5}, 100, 1).batches(), 2u);
}

}  // namespace genre
