#include "genre/eval/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "genre/eval/small_lists_test.h"

namespace genre {
namespace {

using small_lists::Lists, small_lists::rankings_of;

std::map<int, double> distribution(const std::vector<std::int32_t>& items, std::size_t first, const CsrMatrix& kinds) {
  std::map<int, double> out;
  double count = 0;
  for (std::size_t i = 0; i < std::min(first, items.size()); ++i) {
    const auto of_item = kinds.row_indices(items[i]);
    for (const int kind : of_item) out[kind] += 1.0 / static_cast<double>(of_item.size());
    count += of_item.empty() ? 0 : 1;
  }
  for (auto& [kind, share] : out) share /= count;
  return out;
}

// Steck's formula as printed, over all kinds.
double naive(const std::map<int, double>& p, std::map<int, double> q, int kinds) {
  if (p.empty() || q.empty()) return std::numeric_limits<double>::quiet_NaN();
  double out = 0;
  for (int kind = 0; kind < kinds; ++kind) {
    const double wanted = p.contains(kind) ? p.at(kind) : 0, smooth = 0.99 * q[kind] + 0.01 * wanted;
    if (wanted > 0) out += wanted * std::log(wanted / smooth);
  }
  return out;
}

TEST(Calibration, IsTheDivergenceOfTheListFromTheHistory) {
  RandomStream random(7, "calibration test");
  const int kinds = 5, k = 6;
  const CsrMatrix of_items = small_lists::random_sets(random, 30, kinds, 0.3);
  const Lists lists = small_lists::random_lists(random, 80, 30, 9),
              histories = small_lists::random_lists(random, 80, 30, 12);
  const Rankings history = rankings_of(histories);
  const auto found = calibration(rankings_of(lists), k, history.offsets, history.items, of_items);
  int numbers = 0, undefined = 0;
  for (std::size_t q = 0; q < lists.size(); ++q) {
    const double wanted = naive(distribution(histories[q], 1000, of_items), distribution(lists[q], k, of_items), kinds);
    ++(std::isnan(wanted) ? undefined : numbers);
    EXPECT_EQ(std::isnan(found[q]), std::isnan(wanted));
    if (!std::isnan(wanted)) {
      EXPECT_NEAR(found[q], wanted, 1e-12);
    }
  }
  EXPECT_GT(numbers, 40);
  EXPECT_GT(undefined, 0);
}

TEST(Calibration, AListLikeTheHistoryHasNoneAndOneOfOtherKindsHasTheMost) {
  const CsrMatrix kinds = csr_from_triplets(4, 2, {{0, 0, 1}, {1, 0, 1}, {2, 1, 1}, {3, 1, 1}});
  const std::vector<std::int64_t> offsets = {0, 2, 3};
  const std::vector<std::int32_t> history = {0, 2, 0};
  const auto out = calibration(rankings_of({{1, 3}, {2, 3}}), 2, offsets, history, kinds);
  EXPECT_NEAR(out[0], 0, 1e-12);
  EXPECT_NEAR(out[1], std::log(100), 1e-12);
}

}  // namespace
}  // namespace genre
