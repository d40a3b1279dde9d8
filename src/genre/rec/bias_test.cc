#include "genre/rec/bias.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// mu + b_u + b_i by the normal equations, solved densely by Gaussian elimination.
std::vector<std::vector<double>> solved(const CsrMatrix& ratings, double l2) {
  const std::int64_t users = ratings.rows, size = users + ratings.cols;
  double mean = 0;
  for (const float value : ratings.values) mean += value;
  mean /= static_cast<double>(ratings.values.size());
  std::vector<std::vector<double>> a(size, std::vector<double>(size + 1, 0.0));
  for (std::int64_t n = 0; n < size; ++n) a[n][n] = l2;
  for (std::int64_t u = 0; u < users; ++u) {
    for (std::size_t n = 0; n < ratings.row_indices(u).size(); ++n) {
      const std::int64_t i = users + ratings.row_indices(u)[n];
      const double rest = ratings.row_values(u)[n] - mean;
      a[u][u] += 1, a[i][i] += 1, a[u][i] += 1, a[i][u] += 1;
      a[u][size] += rest, a[i][size] += rest;
    }
  }
  for (std::int64_t p = 0; p < size; ++p)  // positive definite: no pivoting
    for (std::int64_t r = 0; r < size; ++r)
      if (r != p && a[r][p] != 0)
        for (std::int64_t c = size; c >= p; --c) a[r][c] -= a[r][p] / a[p][p] * a[p][c];
  std::vector<std::vector<double>> out(users, std::vector<double>(ratings.cols));
  for (std::int64_t u = 0; u < users; ++u)
    for (std::int64_t i = 0; i < ratings.cols; ++i)
      out[u][i] = mean + a[u][size] / a[u][u] + a[users + i][size] / a[users + i][users + i];
  return out;
}

TEST(Bias, ReachesTheMinimumOfItsObjective) {
  const SmallWorld world = small_world(30, 20);
  BiasOptions options;
  options.iterations = 10000;
  Bias model(options);
  model.fit(world.data());
  const auto wanted = solved(world.ratings, options.l2);
  for (std::int32_t user = 0; user < 30; ++user) {
    const auto scores = scores_of(model, {.user = user});
    for (std::int32_t item = 0; item < 20; ++item) EXPECT_NEAR(scores[item], wanted[user][item], 1e-5);
  }
  EXPECT_EQ(model.rating_range(), (std::pair<float, float>(1, 5)));
}

TEST(Bias, AStrangerIsAsGenerousAsTheHistorySays) {
  const SmallWorld world = small_world(30, 20);
  Bias model({});
  model.fit(world.data());
  const std::vector<std::int32_t> history = {3, 5};
  const auto nobody = scores_of(model, {}), stranger = scores_of(model, {.history = history});
  const RatingScale scale = rating_scale(world.ratings, world.interactions);
  const double bias = (2 * scale.liked - nobody[3] - nobody[5]) / 5.0;  // l2 is 3
  for (std::int32_t item = 0; item < 20; ++item) EXPECT_NEAR(stranger[item] - nobody[item], bias, 1e-5);
}

TEST(Bias, EqualRatingsLeaveTheMean) {
  const SmallWorld world = small_world(30, 20, 1, 4, /*cold=*/2);
  Bias model({});
  model.fit({world.interactions, {}, 7});
  for (const float score : scores_of(model, {.user = 3})) EXPECT_EQ(score, 1);
}

TEST(Bias, AnUnratedItemHasNoBias) {
  const SmallWorld world = small_world(30, 20, 1, 4, /*cold=*/2);
  Bias model({});
  model.fit(world.data());
  EXPECT_FLOAT_EQ(scores_of(model, {})[19], rating_scale(world.ratings, world.interactions).mean);
}

}  // namespace
}  // namespace genre
