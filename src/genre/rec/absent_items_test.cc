#include "genre/rec/absent_items.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace genre {
namespace {

TEST(AbsentItems, AreCountedInOrder) {
  constexpr std::int32_t kItems = 8;
  for (unsigned held = 0; held < 1u << kItems; ++held) {
    std::vector<std::int32_t> row, absent;
    for (std::int32_t item = 0; item < kItems; ++item) (held >> item & 1 ? row : absent).push_back(item);
    for (std::size_t n = 0; n < absent.size(); ++n)
      ASSERT_EQ(absent_item(row, static_cast<std::int32_t>(n)), absent[n]) << held;
  }
}

}  // namespace
}  // namespace genre
