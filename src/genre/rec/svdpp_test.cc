#include "genre/rec/svdpp.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/bpr.h"
#include "genre/rec/ials.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr int kSvdppWidth = 3;

SvdppState state_of(const CsrMatrix& ratings) {
  SvdppState state{random_factors(ratings, kSvdppWidth, 5, "state"), Matrix(ratings.cols, kSvdppWidth), 3};
  fill_normal(state.factors.users, 0.5, 1, "p");
  fill_normal(state.factors.items, 0.5, 2, "q");
  fill_normal(state.implicit, 0.5, 3, "y");
  state.factors.user_bias.assign(ratings.rows, 0.2f);
  state.factors.item_bias.assign(ratings.cols, -0.1f);
  return state;
}

// The loss of one user's ratings in double.
double user_loss(const SvdppState& s, const CsrMatrix& x, double l2) {
  double sum = 0;
  const auto items = x.row_indices(0);
  for (std::size_t n = 0; n < items.size(); ++n) {
    double score = s.mean + s.factors.user_bias[0] + s.factors.item_bias[items[n]], squares = 0;
    for (int d = 0; d < kSvdppWidth; ++d) {
      double whole = s.factors.users.row(0)[d];
      for (const std::int32_t j : items) {
        whole += s.implicit.row(j)[d] / std::sqrt(static_cast<double>(items.size()));
        squares += std::pow(s.implicit.row(j)[d], 2);
      }
      score += whole * s.factors.items.row(items[n])[d];
      squares += std::pow(s.factors.users.row(0)[d], 2) + std::pow(s.factors.items.row(items[n])[d], 2);
    }
    squares += std::pow(s.factors.user_bias[0], 2) + std::pow(s.factors.item_bias[items[n]], 2);
    sum += 0.5 * std::pow(x.row_values(0)[n] - score, 2) + l2 / 2 * squares;
  }
  return sum;
}

// With a small rate a pass over a user moves along minus the gradient of the user's loss.
TEST(Svdpp, APassOverAUserFollowsTheFiniteDifferencesOfTheLoss) {
  const CsrMatrix x = csr_from_triplets(1, 5, {{0, 0, 5}, {0, 2, 1}, {0, 3, 4}});
  const float l2 = 0.3f, rate = 1e-4f;
  const SvdppState before = state_of(x);
  SvdppState after = before;
  svdpp_user(after, 0, x.row_indices(0), x.row_values(0), rate, l2);
  const auto check = [&](auto&& value, const char* what) {
    SvdppState up = before, down = before;
    const float h = 1e-2f;
    value(up) += h;
    value(down) -= h;
    const double slope = (user_loss(up, x, l2) - user_loss(down, x, l2)) / (2.0 * h);
    SvdppState a = after, b = before;
    EXPECT_NEAR((static_cast<double>(value(a)) - value(b)) / rate, -slope, 2e-2 * (1 + std::abs(slope))) << what;
  };
  for (int d = 0; d < kSvdppWidth; ++d) {
    check([d](SvdppState& s) -> float& { return s.factors.users.row(0)[d]; }, "p");
    for (const std::int32_t i : x.row_indices(0)) {
      check([d, i](SvdppState& s) -> float& { return s.factors.items.row(i)[d]; }, "q");
      check([d, i](SvdppState& s) -> float& { return s.implicit.row(i)[d]; }, "y");
    }
    EXPECT_EQ(after.implicit.row(1)[d], before.implicit.row(1)[d]);  // not rated
  }
  check([](SvdppState& s) -> float& { return s.factors.user_bias[0]; }, "b_u");
  check([](SvdppState& s) -> float& { return s.factors.item_bias[2]; }, "b_i");
}

TEST(Svdpp, PredictsTheRatingsThatItLearntFrom) {
  const SmallWorld world = small_world(60, 40, 3);
  SvdppOptions options;
  options.epochs = 300;
  Svdpp model(options);
  model.fit(world.data());
  double squares = 0, count = 0;
  for (std::int32_t u = 0; u < 60; ++u) {
    const auto scores = scores_of(model, {.user = u});
    for (std::size_t n = 0; n < world.ratings.row_indices(u).size(); ++n, ++count)
      squares += std::pow(scores[world.ratings.row_indices(u)[n]] - world.ratings.row_values(u)[n], 2);
  }
  EXPECT_LT(squares / count, 0.4);  // the variance is 2.9
}

TEST(Svdpp, AStrangersItemsCountWithoutRatings) {
  const SmallWorld world = small_world(60, 40, 3);
  Svdpp model({});
  model.fit(world.data());
  const std::vector<std::int32_t> first = {0, 4, 8}, second = {1, 5, 9};
  EXPECT_NE(scores_of(model, {.history = first}), scores_of(model, {.history = second}));
}

}  // namespace
}  // namespace genre
