#include "genre/eval/list_diversity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "genre/base/not_a_number.h"
#include "genre/eval/small_lists_test.h"

namespace genre {
namespace {

using small_lists::Lists, small_lists::rankings_of;

// The definition: the mean over pairs; a pair without a similarity is left out with the item that has none.
using Similarity = std::function<double(std::int32_t, std::int32_t)>;
double naive(const std::vector<std::int32_t>& list, std::size_t k, const Similarity& similarity) {
  double sum = 0, pairs = 0;
  for (std::size_t a = 0; a < std::min(k, list.size()); ++a)
    for (std::size_t b = a + 1; b < std::min(k, list.size()); ++b) {
      const double alike = similarity(list[a], list[b]);
      if (std::isnan(alike)) continue;
      sum += 1 - alike;
      ++pairs;
    }
  return pairs > 0 ? sum / pairs : kNan;
}

void expect_naive(const std::vector<double>& found, const Lists& lists, std::size_t k, const Similarity& similarity) {
  ASSERT_EQ(found.size(), lists.size());
  int numbers = 0, undefined = 0;
  for (std::size_t q = 0; q < lists.size(); ++q) {
    const double wanted = naive(lists[q], k, similarity);
    ++(std::isnan(wanted) ? undefined : numbers);
    EXPECT_EQ(std::isnan(found[q]), std::isnan(wanted)) << q;
    if (std::isnan(wanted)) continue;
    EXPECT_NEAR(found[q], wanted, 1e-9) << q;
  }
  EXPECT_GT(numbers, 20);
  EXPECT_GT(undefined, 0);
}

TEST(ListDiversity, OfVectorsIsTheMeanOverPairsOfOneMinusCosine) {
  RandomStream random(7, "list diversity test");
  const Lists lists = small_lists::random_lists(random, 60, 30, 9);
  Matrix vectors(30, 5);
  for (int i = 0; i < 30; ++i)
    if (i % 7 != 3)
      for (float& x : vectors.row(i)) x = static_cast<float>(random.normal() * (1 + i));
  const auto cosine = [&](std::int32_t a, std::int32_t b) {
    double dot = 0, aa = 0, bb = 0;
    for (int d = 0; d < 5; ++d) {
      const double x = vectors.row(a)[d], y = vectors.row(b)[d];
      dot += x * y, aa += x * x, bb += y * y;
    }
    return aa * bb > 0 ? dot / std::sqrt(aa * bb) : kNan;
  };
  expect_naive(diversity_by_vectors(rankings_of(lists), 6, vectors), lists, 6, cosine);
}

struct Overlap {
  double shared, a, b;
};
Overlap overlap(const CsrMatrix& sets, std::int32_t a, std::int32_t b) {
  const auto x = sets.row_indices(a), y = sets.row_indices(b);
  const std::set<std::int32_t> left(x.begin(), x.end());
  double shared = 0;
  for (const std::int32_t value : y) shared += left.contains(value) ? 1 : 0;
  return {shared, static_cast<double>(x.size()), static_cast<double>(y.size())};
}

TEST(ListDiversity, OfFeaturesIsOneMinusJaccard) {
  RandomStream random(8, "list diversity test");
  const Lists lists = small_lists::random_lists(random, 60, 30, 9);
  const CsrMatrix sets = small_lists::random_sets(random, 30, 6, 0.3);
  expect_naive(diversity_by_features(rankings_of(lists), 6, sets), lists, 6, [&](std::int32_t a, std::int32_t b) {
    const Overlap o = overlap(sets, a, b);
    return o.a * o.b > 0 ? o.shared / (o.a + o.b - o.shared) : kNan;
  });
}

TEST(ListDiversity, OfUsersIsOneMinusTheCosineOfTrainingColumns) {
  RandomStream random(9, "list diversity test");
  const Lists lists = small_lists::random_lists(random, 60, 30, 9);
  const CsrMatrix sets = small_lists::random_sets(random, 30, 40, 0.2);
  expect_naive(diversity_by_users(rankings_of(lists), 6, sets), lists, 6, [&](std::int32_t a, std::int32_t b) {
    const Overlap o = overlap(sets, a, b);
    return o.a * o.b > 0 ? o.shared / std::sqrt(o.a * o.b) : kNan;
  });
}

TEST(ListDiversity, OfUsersMeasuresEvenlySpacedListsWhereAllAreTooMuch) {
  RandomStream random(10, "list diversity test");
  const Rankings rankings = rankings_of(small_lists::random_lists(random, 60, 30, 9));
  const CsrMatrix sets = small_lists::random_sets(random, 30, 40, 0.2);
  std::int64_t additions = 0;
  for (const std::int32_t item : rankings.items) additions += static_cast<std::int64_t>(sets.row_indices(item).size());
  const std::vector<double> all = diversity_by_users(rankings, 9, sets, additions);
  const std::vector<double> third = diversity_by_users(rankings, 9, sets, additions / 3 + 1);
  int measured = 0;
  for (std::size_t q = 0; q < all.size(); ++q) {
    if (q % 3 != 0) {
      EXPECT_TRUE(std::isnan(third[q]));
    } else if (!std::isnan(all[q])) {
      EXPECT_EQ(third[q], all[q]);
      ++measured;
    }
  }
  EXPECT_GT(measured, 10);
}

TEST(ListDiversity, EqualItemsAreNotDiverseAndOppositeOnesAreTwiceAsDiverse) {
  Matrix vectors(3, 2);
  vectors.row(0)[0] = vectors.row(1)[0] = 3;
  vectors.row(2)[0] = -1;
  const auto out = diversity_by_vectors(rankings_of({{0, 1}, {0, 2}, {0}}), 5, vectors);
  EXPECT_NEAR(out[0], 0, 1e-12);
  EXPECT_NEAR(out[1], 2, 1e-12);
  EXPECT_TRUE(std::isnan(out[2]));
}

}  // namespace
}  // namespace genre
