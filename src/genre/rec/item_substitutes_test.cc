#include "genre/rec/item_substitutes.h"

#include <gtest/gtest.h>

#include <numeric>

#include "genre/linalg/top_k.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

std::vector<std::int32_t> every(std::int32_t step, std::int32_t items) {
  std::vector<std::int32_t> out;
  for (std::int32_t item = 0; item < items; item += step) out.push_back(item);
  return out;
}

TEST(ItemSubstitutes, ByTextAreOfTheTheme) {
  SmallWorld world = small_world(60, 40, 1, 4, 0, 0.05f);
  std::ranges::fill(world.item_vectors.row(8), 0.0f);
  const std::vector<std::int32_t> items = every(2, 40);
  const CsrMatrix found = item_substitutes("text", world.data(), items);
  ASSERT_EQ(found.rows, 20);
  EXPECT_TRUE(found.row_indices(4).empty());
  for (std::int32_t k = 0; k < 20; ++k)
    for (const std::int32_t other : found.row_indices(k)) {
      EXPECT_NE(other, k);
      EXPECT_NE(other, 4);
      EXPECT_EQ(items[other] % 4, items[k] % 4);
    }
}

TEST(ItemSubstitutes, ByCooccurrenceShareTheMostUsers) {
  const SmallWorld world = small_world(60, 40);
  const CsrMatrix by_item = transpose(world.interactions),
                  found = item_substitutes("cooccurrence", world.data(), every(1, 40));
  for (std::int32_t item = 0; item < 40; ++item) {
    std::vector<float> scores(40, kMasked);
    for (std::int32_t other = 0; other < 40; ++other) {
      std::vector<std::int32_t> both;
      std::ranges::set_intersection(by_item.row_indices(item), by_item.row_indices(other), std::back_inserter(both));
      const auto shared = static_cast<double>(both.size()),
                 all = static_cast<double>(by_item.row_indices(item).size() + by_item.row_indices(other).size());
      if (other != item && shared > 0) scores[other] = static_cast<float>(shared / (all - shared));
    }
    std::vector<std::int32_t> wanted;
    for (const ScoredIndex& one : top_k_by_index(scores, kItemSubstitutes)) wanted.push_back(one.index);
    const auto row = found.row_indices(item);
    EXPECT_EQ(std::vector<std::int32_t>(row.begin(), row.end()), wanted) << item;
  }
}

TEST(ItemSubstitutes, AreNumbersOfTheItemsAskedFor) {
  const SmallWorld world = small_world(60, 40);
  const std::vector<std::int32_t> items = every(3, 40);
  const CsrMatrix all = item_substitutes("cooccurrence", world.data(), every(1, 40)),
                  some = item_substitutes("cooccurrence", world.data(), items);
  ASSERT_EQ(some.rows, std::ssize(items));
  for (std::int32_t k = 0; k < some.rows; ++k) {
    std::vector<std::int32_t> wanted, found;
    for (const std::int32_t other : all.row_indices(items[k]))
      if (other % 3 == 0) wanted.push_back(other);
    for (const std::int32_t other : some.row_indices(k)) found.push_back(items[other]);
    EXPECT_EQ(found, wanted);
  }
}

}  // namespace
}  // namespace genre
