#include "genre/data/cleaning.h"

#include <gtest/gtest.h>

#include <map>

#include "genre/base/random.h"
#include "genre/data/event_columns_test.h"

namespace genre {
namespace {

std::vector<float> values_after(std::string_view mode, const std::vector<EventRow>& rows) {
  EventColumns events = event_columns(rows);
  drop_duplicates(events, mode);
  return events.value;
}

TEST(Duplicates, EachModeKeepsItsRow) {
  const std::vector<EventRow> rows = {{1, 1, 3, 20}, {1, 1, 5, 10}, {1, 1, 2, 30}, {1, 2, 9, 0}};
  EXPECT_EQ(values_after("last", rows), (std::vector<float>{2, 9}));
  EXPECT_EQ(values_after("first", rows), (std::vector<float>{5, 9}));
  EXPECT_EQ(values_after("max", rows), (std::vector<float>{5, 9}));
  EXPECT_EQ(values_after("sum", rows), (std::vector<float>{10, 9}));
  EXPECT_EQ(values_after("keep", rows), (std::vector<float>{3, 5, 2, 9}));
}

TEST(Duplicates, EqualTimesAreOrderedByRow) {
  EXPECT_EQ(values_after("last", {{1, 1, 3, 5}, {1, 1, 4, 5}}), (std::vector<float>{4}));
  EXPECT_EQ(values_after("first", {{1, 1, 3, 5}, {1, 1, 4, 5}}), (std::vector<float>{3}));
}

TEST(Duplicates, AnotherTypeOrPartIsNoDuplicate) {
  EXPECT_EQ(values_after("last", {{1, 1, 3, 5, 0, 0}, {1, 1, 4, 5, 1, 0}, {1, 1, 6, 5, 0, 2}}),
            (std::vector<float>{3, 4, 6}));
}

TEST(KCore, EqualsTheNaiveLoopOnRandomData) {
  RandomStream random(3, "k-core");
  for (int round = 0; round < 200; ++round) {
    std::vector<EventRow> rows(random.below(120));
    for (auto& row : rows)
      row = {static_cast<std::int32_t>(random.below(12)), static_cast<std::int32_t>(random.below(15)), 1, 0};
    const int user_minimum = static_cast<int>(random.below(7)), item_minimum = static_cast<int>(random.below(7));
    std::vector<EventRow> naive = rows;
    while (true) {
      std::map<std::int32_t, int> users, items;
      for (const auto& row : naive) ++users[row.user], ++items[row.item];
      std::vector<EventRow> left;
      for (const auto& row : naive)
        if (users[row.user] >= user_minimum && items[row.item] >= item_minimum) left.push_back(row);
      if (left.size() == naive.size()) break;
      naive = left;
    }
    EventColumns events = event_columns(rows);
    drop_below_k_core(events, 12, 15, user_minimum, item_minimum);
    const EventColumns expected = event_columns(naive);
    ASSERT_EQ(events.user, expected.user);
    ASSERT_EQ(events.item, expected.item);
  }
}

TEST(AtLeast, CountsOnceWhereKCoreGoesOn) {
  // User 2 has two rows, one of them of item 9 that has one row: after it went, user 2 has one.
  const std::vector<EventRow> rows = {{1, 1, 1, 0}, {1, 2, 1, 0}, {2, 1, 1, 0}, {2, 9, 1, 0}, {3, 2, 1, 0}};
  EventColumns once = event_columns(rows), core = event_columns(rows);
  drop_below_counts(once, 10, 10, 2, 2);
  EXPECT_EQ(once.user, (std::vector<std::int32_t>{1, 1, 2}));
  drop_below_k_core(core, 10, 10, 2, 2);
  EXPECT_TRUE(core.user.empty());
}

}  // namespace
}  // namespace genre
