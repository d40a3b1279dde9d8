#include "genre/rec/block_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(BlockSchedule, EveryInteractionIsVisitedOnceAnEpoch) {
  const SmallWorld world = small_world(150, 200, 3);
  for (const VisitOrder order : {VisitOrder::kBlocks, VisitOrder::kUnordered}) {
    BlockSchedule schedule(world.interactions, order, 7);
    for (int epoch = 0; epoch < 3; ++epoch) {
      std::mutex mutex;
      std::vector<Triplet> seen;
      schedule.run(epoch, [&](const Cell& cell) {
        const std::lock_guard lock(mutex);
        for (const Visit& visit : cell.visits) seen.push_back({visit.user, visit.item, visit.value});
      });
      const CsrMatrix found = csr_from_triplets(150, 200, seen);
      EXPECT_EQ(found.indices, world.interactions.indices);
      EXPECT_EQ(found.values, world.interactions.values);  // twice would be 2
    }
  }
}

TEST(BlockSchedule, CellsThatRunTogetherShareNeitherUsersNorItems) {
  const SmallWorld world = small_world(150, 200, 3);
  BlockSchedule schedule(world.interactions, VisitOrder::kBlocks, 7);
  ASSERT_EQ(schedule.blocks(), 6);
  std::vector<std::atomic<int>> users(150), items(200);
  std::atomic<int> meetings{0};
  for (int epoch = 0; epoch < 20; ++epoch) {
    schedule.run(epoch, [&](const Cell& cell) {
      for (const std::int32_t item : cell.items) meetings += items[item].fetch_add(1);
      for_each_user(cell, [&](std::span<const Visit> visits) { meetings += users[visits[0].user].fetch_add(1); });
      for_each_user(cell, [&](std::span<const Visit> visits) { --users[visits[0].user]; });
      for (const std::int32_t item : cell.items) --items[item];
    });
  }
  EXPECT_EQ(meetings, 0);
}

TEST(BlockSchedule, VisitsLieInTheItemsOfTheirCellAndChangeFromEpochToEpoch) {
  const SmallWorld world = small_world(150, 200, 3);
  BlockSchedule schedule(world.interactions, VisitOrder::kBlocks, 7);
  std::vector<std::set<std::int32_t>> groups;
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::mutex mutex;
    schedule.run(epoch, [&](const Cell& cell) {
      const std::lock_guard lock(mutex);
      const std::set<std::int32_t> group(cell.items.begin(), cell.items.end());
      for (const Visit& visit : cell.visits) EXPECT_TRUE(group.contains(visit.item));
      if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
    });
  }
  EXPECT_EQ(groups.size(), 12u);
}

TEST(BlockSchedule, NegativesAreItemsThatTheUserDoesNotHave) {
  const SmallWorld world = small_world(40, 50, 3);
  for (const VisitOrder order : {VisitOrder::kBlocks, VisitOrder::kUnordered}) {
    BlockSchedule schedule(world.interactions, order, 7);
    std::atomic<int> wrong{0}, drawn{0};
    schedule.run(0, [&](const Cell& cell) {
      CellRandom random(cell.seed);
      for_each_user(cell, [&](std::span<const Visit> visits) {
        for (int n = 0; n < 20; ++n) {
          const std::int32_t item = draw_negative(cell, visits[0].user, random);
          const auto has = world.interactions.row_indices(visits[0].user);
          if (item < 0) continue;
          ++drawn;
          wrong += std::binary_search(has.begin(), has.end(), item) ? 1 : 0;
        }
      });
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(drawn, 700);
  }
}

}  // namespace
}  // namespace genre
