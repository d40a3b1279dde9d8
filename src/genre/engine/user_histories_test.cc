#include "genre/engine/user_histories.h"

#include <gtest/gtest.h>

#include "genre/engine/testing.h"

namespace genre {

TEST(UserHistories, KeepsTheLastTimeOfEachItemOldestFirst) {
  Dataset dataset = testing_data::two_tastes();
  Interactions& events = dataset.interactions;
  events = {};
  const auto add = [&](int user, int item, int time, int positive) {
    events.user.push_back(user);
    events.item.push_back(item);
    events.value.push_back(1);
    events.weight.push_back(1);
    events.time.push_back(time);
    events.type.push_back(0);
    events.positive.push_back(static_cast<std::uint8_t>(positive));
    events.part.push_back(0);
  };
  add(1, 4, 10, 1);
  add(1, 2, 20, 0);
  add(1, 4, 30, 0);
  add(3, 7, 10, 1);
  const UserHistories histories = user_histories(dataset, kTrainPart);
  EXPECT_EQ(histories.users(), 20);
  EXPECT_TRUE(histories.seen(0).empty());
  EXPECT_EQ(std::vector<std::int32_t>(histories.seen(1).begin(), histories.seen(1).end()),
            (std::vector<std::int32_t>{2, 4}));
  EXPECT_EQ(histories.positives(1), (std::vector<std::int32_t>{4}));
  EXPECT_EQ(histories.positives(3), (std::vector<std::int32_t>{7}));
}

TEST(UserHistories, OnlyTheAskedPartsCount) {
  const Dataset dataset = testing_data::two_tastes();
  EXPECT_EQ(user_histories(dataset, kTrainPart | kValidPart | kTestPart).seen(0).size(), 4u);
  EXPECT_EQ(user_histories(dataset, kTrainPart).seen(0).size(), 3u);
}

}  // namespace genre
