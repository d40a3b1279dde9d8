#include "genre/rec/preference_epochs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "genre/base/thread_pool.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

using Pair = std::pair<std::int32_t, std::int32_t>;

TEST(PreferenceEpochs, VisitEachInteractionOnceInAnotherOrder) {
  const SmallWorld world = small_world(60, 40);
  PreferenceEpochs epochs(world.interactions, 7);
  std::vector<Pair> order_before;
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::vector<Pair> order;
    for (const auto& one : epochs.draw(epoch)) order.emplace_back(one.user, one.item);
    EXPECT_NE(order, order_before);
    order_before = order;
    std::ranges::sort(order);
    std::vector<Pair> all;
    for (std::int32_t u = 0; u < 60; ++u)
      for (const std::int32_t i : world.interactions.row_indices(u)) all.emplace_back(u, i);
    EXPECT_EQ(order, all);
  }
}

TEST(PreferenceEpochs, DrawUniformlyFromWhatTheUserHasNot) {
  const CsrMatrix interactions = csr_from_triplets(1, 6, {{0, 1, 1}, {0, 4, 1}});
  PreferenceEpochs epochs(interactions, 7);
  std::map<std::int32_t, int> times;
  for (int epoch = 0; epoch < 2000; ++epoch)
    for (const auto& one : epochs.draw(epoch)) ++times[one.other];
  EXPECT_EQ(times.size(), 4u);
  for (const std::int32_t item : {0, 2, 3, 5}) EXPECT_NEAR(times[item], 1000, 150) << item;  // 5 deviations
}

TEST(PreferenceEpochs, AUserWhoHasEverythingIsLeftOut) {
  const CsrMatrix interactions = csr_from_triplets(2, 2, {{0, 0, 1}, {0, 1, 1}, {1, 0, 1}});
  PreferenceEpochs epochs(interactions, 7);
  const auto drawn = epochs.draw(0);
  ASSERT_EQ(drawn.size(), 1u);
  EXPECT_EQ(drawn[0].user, 1);
  EXPECT_EQ(drawn[0].other, 1);
}

TEST(PreferenceEpochs, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(300, 200);
  const auto others = [&](int threads) {
    set_global_threads(threads);
    PreferenceEpochs epochs(world.interactions, 7);
    std::vector<std::int32_t> out;
    for (const auto& one : epochs.draw(0)) out.push_back(one.other);
    return out;
  };
  const auto one = others(1);
  EXPECT_GT(one.size(), 8192u);  // more than two parts
  EXPECT_EQ(others(3), one);
  set_global_threads(0);
}

}  // namespace
}  // namespace genre
