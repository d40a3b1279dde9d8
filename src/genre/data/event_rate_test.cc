#include "genre/data/event_rate.h"

#include <gtest/gtest.h>

#include <set>

#include "genre/base/random.h"
#include "genre/data/event_columns_test.h"

namespace genre {
namespace {

TEST(FastUsers, MoreThanTheLimitInOneWindowDropsTheUser) {
  // User 1: three events within 10; user 2: three within 11; user 3: many, slowly.
  std::vector<EventRow> rows = {{1, 1, 1, 100}, {1, 2, 1, 109}, {1, 3, 1, 105}, {1, 4, 1, 9000},
                                {2, 1, 1, 0},   {2, 2, 1, 5},   {2, 3, 1, 10}};
  for (int i = 0; i < 50; ++i) rows.push_back({3, i, 1, i * 10});
  EventColumns events = event_columns(rows);
  drop_fast_users(events, 2, 10);
  EXPECT_EQ(std::set<std::int32_t>(events.user.begin(), events.user.end()), (std::set<std::int32_t>{2, 3}));
  EXPECT_EQ(events.size(), 53);
}

TEST(FastUsers, EqualEveryWindowTriedOnRandomData) {
  RandomStream random(6, "rate");
  for (int round = 0; round < 200; ++round) {
    std::vector<EventRow> rows(random.below(60));
    for (auto& row : rows)
      row = {static_cast<std::int32_t>(random.below(5)), 1, 1, static_cast<std::int64_t>(random.below(100))};
    const auto most = static_cast<int>(1 + random.below(5));
    const auto window = static_cast<std::int64_t>(1 + random.below(20));
    std::vector<EventRow> expected;
    for (const auto& row : rows) {
      bool fast = false;
      for (std::int64_t start = -20; start <= 100; ++start) {
        int inside = 0;
        for (const auto& other : rows)
          inside += other.user == row.user && other.time >= start && other.time < start + window;
        fast |= inside > most;
      }
      if (!fast) expected.push_back(row);
    }
    EventColumns events = event_columns(rows);
    drop_fast_users(events, most, window);
    ASSERT_EQ(events.user, event_columns(expected).user);
    ASSERT_EQ(events.time, event_columns(expected).time);
  }
}

}  // namespace
}  // namespace genre
