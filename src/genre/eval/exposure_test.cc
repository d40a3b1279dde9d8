#include "genre/eval/exposure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/eval/small_lists_test.h"

namespace genre {
namespace {

using small_lists::judgements_of, small_lists::Lists, small_lists::rankings_of;

// How much of an item is in group g; G means in none.
double member(const CsrMatrix& groups, std::int32_t item, std::int64_t g) {
  const auto of_item = groups.row_indices(item);
  if (g == groups.cols) return of_item.empty() ? 1 : 0;
  return std::count(of_item.begin(), of_item.end(), g) == 0 ? 0 : 1.0 / static_cast<double>(of_item.size());
}

TEST(Exposure, IsTheDiscountedShareOfListsBesideTheShareOfRelevance) {
  RandomStream random(7, "exposure test");
  const int items = 20, k = 6;
  const CsrMatrix groups = small_lists::random_sets(random, items, 3, 0.4);
  const Lists lists = small_lists::random_lists(random, 50, items, 9),
              relevant = small_lists::random_lists(random, 50, items, 4);
  const auto found = group_exposure(rankings_of(lists), k, judgements_of(relevant), groups);
  ASSERT_EQ(found.size(), 4u);
  double shares[3] = {};
  for (std::int64_t g = 0; g <= groups.cols; ++g) {
    double exposure = 0, relevance = 0, users = 0, catalogue = 0;
    for (std::size_t q = 0; q < lists.size(); ++q) {
      if (lists[q].empty() || relevant[q].empty()) continue;
      double in = 0, all = 0;
      for (std::size_t r = 0; r < std::min<std::size_t>(k, lists[q].size()); ++r) {
        const double weight = std::log(2) / std::log(2.0 + static_cast<double>(r));
        in += weight * member(groups, lists[q][r], g);
        all += weight;
      }
      exposure += in / all;
      for (const auto item : relevant[q])
        relevance += member(groups, item, g) / static_cast<double>(relevant[q].size());
      ++users;
    }
    for (int item = 0; item < items; ++item) catalogue += member(groups, item, g) / items;
    EXPECT_NEAR(found[g].exposure, exposure / users, 1e-12);
    EXPECT_NEAR(found[g].relevance, relevance / users, 1e-12);
    EXPECT_NEAR(found[g].ratio, exposure / relevance, 1e-12);
    EXPECT_NEAR(found[g].items, catalogue, 1e-12);
    shares[0] += found[g].exposure, shares[1] += found[g].relevance, shares[2] += found[g].items;
  }
  for (const double share : shares) EXPECT_NEAR(share, 1, 1e-12);
}

TEST(Exposure, WithoutRelevantItemsTheRatioIsUndefined) {
  const CsrMatrix groups = csr_from_triplets(2, 2, {{0, 0, 1}, {1, 1, 1}});
  const auto out = group_exposure(rankings_of({{0, 1}}), 2, judgements_of({{0}}), groups);
  EXPECT_TRUE(std::isnan(out[1].ratio));
  EXPECT_LT(out[0].ratio, 1);
  EXPECT_TRUE(std::isnan(group_exposure(rankings_of({{}}), 2, judgements_of({{0}}), groups)[0].exposure));
}

}  // namespace
}  // namespace genre
