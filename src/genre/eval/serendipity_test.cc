#include "genre/eval/serendipity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/eval/small_lists_test.h"

namespace genre {
namespace {

using small_lists::judgements_of, small_lists::Lists, small_lists::rankings_of;

TEST(Serendipity, CountsRelevantItemsThatThePrimitiveListLacks) {
  RandomStream random(7, "serendipity test");
  const Lists lists = small_lists::random_lists(random, 80, 15, 9),
              usual = small_lists::random_lists(random, 80, 15, 9),
              relevant = small_lists::random_lists(random, 80, 15, 5);
  const int k = 6;
  const auto found = serendipity(rankings_of(lists), k, judgements_of(relevant), rankings_of(usual));
  const auto precision = per_query(parse_metric("precision@6"), rankings_of(lists), judgements_of(relevant));
  double sum = 0;
  for (std::size_t q = 0; q < lists.size(); ++q) {
    if (relevant[q].empty()) {
      EXPECT_TRUE(std::isnan(found[q]));
      continue;
    }
    double wanted = 0;
    for (std::size_t r = 0; r < std::min<std::size_t>(k, lists[q].size()); ++r) {
      const auto among = [&](const std::vector<std::int32_t>& items, std::size_t first) {
        const auto end = items.begin() + static_cast<std::ptrdiff_t>(std::min(first, items.size()));
        return std::find(items.begin(), end, lists[q][r]) != end;
      };
      if (among(relevant[q], 100) && !among(usual[q], k)) wanted += 1.0 / k;
    }
    EXPECT_NEAR(found[q], wanted, 1e-12);
    EXPECT_LE(found[q], precision[q] + 1e-12);
    sum += wanted;
  }
  EXPECT_GT(sum, 0);
}

TEST(Serendipity, ThePrimitiveRecommenderItselfHasNone) {
  const auto lists = rankings_of({{3, 1, 2}, {0, 4}});
  EXPECT_EQ(serendipity(lists, 3, judgements_of({{1, 3}, {4}}), lists), (std::vector<double>{0, 0}));
}

}  // namespace
}  // namespace genre
