#include "genre/rec/als.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/ials.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

double loss(const CsrMatrix& ratings, double mean, const Matrix& users, const Matrix& items, double l2) {
  double sum = 0;
  for (std::int64_t u = 0; u < ratings.rows; ++u) {
    for (std::size_t n = 0; n < ratings.row_indices(u).size(); ++n) {
      const std::int32_t i = ratings.row_indices(u)[n];
      double product = 0, squares = 0;
      for (std::int64_t d = 0; d < users.cols(); ++d) {
        product += static_cast<double>(users.row(u)[d]) * items.row(i)[d];
        squares += static_cast<double>(users.row(u)[d]) * users.row(u)[d] +
                   static_cast<double>(items.row(i)[d]) * items.row(i)[d];
      }
      sum += std::pow(ratings.row_values(u)[n] - mean - product, 2) + l2 * squares;  // n_u and n_i: one for each rating
    }
  }
  return sum;
}

// The normal equations of one row by elimination in double.
std::vector<double> textbook_row(const CsrMatrix& ratings, std::int64_t row, double mean, const Matrix& y, double l2) {
  const std::int64_t d = y.cols();
  std::vector<std::vector<double>> a(d, std::vector<double>(d + 1, 0.0));
  for (std::int64_t i = 0; i < d; ++i) {
    a[i][i] = l2 * static_cast<double>(ratings.row_indices(row).size());
    for (std::size_t n = 0; n < ratings.row_indices(row).size(); ++n) {
      const auto v = y.row(ratings.row_indices(row)[n]);
      a[i][d] += (ratings.row_values(row)[n] - mean) * v[i];
      for (std::int64_t k = 0; k < d; ++k) a[i][k] += static_cast<double>(v[i]) * v[k];
    }
  }
  for (std::int64_t p = 0; p < d; ++p) {
    for (std::int64_t r = 0; r < d; ++r) {
      if (r == p) continue;
      const double factor = a[r][p] / a[p][p];
      for (std::int64_t c = p; c <= d; ++c) a[r][c] -= factor * a[p][c];
    }
  }
  std::vector<double> out(d);
  for (std::int64_t i = 0; i < d; ++i) out[i] = a[i][d] / a[i][i];
  return out;
}

TEST(Als, AHalfStepEqualsTheTextbookSystemOfEachRow) {
  const SmallWorld world = small_world(60, 40, 3);
  Matrix items(40, 6), users(60, 6);
  fill_normal(items, 0.5, 1, "items");
  explicit_step(world.ratings, 3.1f, items, 0.2, users.view());
  for (std::int64_t u = 0; u < 60; ++u) {
    const auto wanted = textbook_row(world.ratings, u, 3.1f, items, 0.2);
    for (int d = 0; d < 6; ++d) EXPECT_NEAR(users.row(u)[d], wanted[d], 1e-4);
  }
}

TEST(Als, EveryHalfStepLowersTheLoss) {
  const SmallWorld world = small_world(60, 40, 3);
  const CsrMatrix by_item = transpose(world.ratings);
  Matrix users(60, 6), items(40, 6);
  fill_normal(users, 0.4, 1, "users");
  double before = 1e30;
  for (int half = 0; half < 10; ++half) {
    if (half % 2 == 0)
      explicit_step(by_item, 3, users, 0.1, items.view());
    else
      explicit_step(world.ratings, 3, items, 0.1, users.view());
    const double now = loss(world.ratings, 3, users, items, 0.1);
    EXPECT_LE(now, before * (1 + 1e-6));
    before = now;
  }
}

TEST(Als, RowsWithoutRatingsAreZero) {
  const CsrMatrix ratings = csr_from_triplets(2, 2, {{0, 1, 4}});
  Matrix items(2, 3), users(2, 3);
  fill_normal(items, 1, 1, "items");
  fill_normal(users, 1, 2, "users");
  explicit_step(ratings, 3, items, 0.1, users.view());
  for (const float x : users.row(1)) EXPECT_EQ(x, 0);
}

TEST(Als, AStrangerIsOneWhoRatesTheHistoryAsLikedItemsAreRated) {
  SmallWorld world = small_world(60, 40, 3);
  world.ratings = world.interactions;  // only likes, rated alike but for user 0
  for (float& value : world.ratings.values) value = 4;
  world.ratings.values[0] = 2;
  AlsOptions options;
  options.factors = 4;
  Als model(options);
  model.fit(world.data());
  const double liked =
      (4.0 * static_cast<double>(world.ratings.nonzeros() - 1) + 2) / static_cast<double>(world.ratings.nonzeros());
  const CsrMatrix one =
      csr_from_triplets(1, 40, {{0, 3, static_cast<float>(liked)}, {0, 8, static_cast<float>(liked)}});
  const auto wanted = textbook_row(one, 0, model.factors().item_bias[0], model.factors().items, options.l2);
  const std::vector<std::int32_t> history = {8, 3};
  const auto scores = scores_of(model, {.history = history});
  for (std::int64_t i = 0; i < 40; ++i) {
    double score = model.factors().item_bias[i];
    for (int d = 0; d < 4; ++d) score += wanted[d] * model.factors().items.row(i)[d];
    EXPECT_NEAR(scores[i], score, 1e-5);
  }
}

TEST(Als, PredictsTheRatingsThatItLearntFrom) {
  const SmallWorld world = small_world(60, 40, 3);
  Als model({});
  model.fit(world.data());
  EXPECT_EQ(model.rating_range(), std::make_pair(1.0f, 5.0f));
  double squares = 0, plain = 0;
  for (std::int32_t u = 0; u < 60; ++u) {
    const auto scores = scores_of(model, {.user = u});
    for (std::size_t n = 0; n < world.ratings.row_indices(u).size(); ++n) {
      const float r = world.ratings.row_values(u)[n];
      squares += std::pow(scores[world.ratings.row_indices(u)[n]] - r, 2);
      plain += std::pow(model.factors().item_bias[0] - r, 2);
    }
  }
  EXPECT_LT(squares, 0.2 * plain);
}

}  // namespace
}  // namespace genre
