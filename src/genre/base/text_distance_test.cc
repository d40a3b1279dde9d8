#include "genre/base/text_distance.h"

#include <gtest/gtest.h>

#include <vector>

namespace genre {

TEST(EditDistance, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("nmae", "name"), 1);
}

TEST(NearestName, SuggestsTypingSlipsOnly) {
  const std::vector<std::string> names = {"name", "l2", "neighbours"};
  EXPECT_EQ(nearest_name("nmae", names), "name");
  EXPECT_EQ(nearest_name("neighbors", names), "neighbours");
  EXPECT_EQ(nearest_name("temperature", names), std::nullopt);
}

}  // namespace genre
