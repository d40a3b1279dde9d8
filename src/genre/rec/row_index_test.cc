#include "genre/rec/row_index.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "genre/base/random.h"

namespace genre {
namespace {

TEST(RowIndex, OverlapsAreThoseOfAllPairs) {
  RandomStream random(5, "rows");
  std::vector<Triplet> entries;
  for (std::int32_t row = 0; row < 40; ++row)
    for (std::int32_t item = 0; item < 25; ++item)
      if (random.uniform() < 0.2) entries.push_back({row, item, static_cast<float>(random.normal())});
  const CsrMatrix rows = csr_from_triplets(40, 25, entries);
  const CsrMatrix index = transpose(rows);
  const std::vector<std::int32_t> items = {3, 24, 0, 11};
  const std::vector<float> weights = {1, -0.5f, 2, 0.25f};
  for (const std::int64_t newest : {0, 1, 5, 100}) {
    std::vector<Overlap> wanted;
    for (std::int32_t row = 39; row >= 0; --row) {
      Overlap overlap{row, 0, 0};
      for (std::size_t n = 0; n < items.size(); ++n) {
        const auto held = rows.row_indices(row);
        const auto found = std::lower_bound(held.begin(), held.end(), items[n]);
        if (found == held.end() || *found != items[n]) continue;
        ++overlap.common;
        overlap.product += static_cast<double>(weights[n]) * rows.row_values(row)[found - held.begin()];
      }
      if (overlap.common > 0 && (newest == 0 || static_cast<std::int64_t>(wanted.size()) < newest))
        wanted.push_back(overlap);
    }
    auto found = overlaps(index, items, weights, newest);
    std::sort(found.begin(), found.end(), [](const Overlap& a, const Overlap& b) { return a.row > b.row; });
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t n = 0; n < found.size(); ++n) {
      EXPECT_EQ(found[n].row, wanted[n].row);
      EXPECT_EQ(found[n].common, wanted[n].common);
      EXPECT_NEAR(found[n].product, wanted[n].product, 1e-12);
    }
  }
}

TEST(RowIndex, NobodyHoldsNothing) {
  const CsrMatrix index = csr_from_triplets(3, 2, {{0, 0, 1}});
  const std::vector<std::int32_t> items = {1};
  const std::vector<float> weights = {1};
  EXPECT_TRUE(overlaps(index, items, weights).empty());
  EXPECT_TRUE(overlaps(index, {}, {}).empty());
}

}  // namespace
}  // namespace genre
