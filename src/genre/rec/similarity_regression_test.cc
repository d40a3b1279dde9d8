#include "genre/rec/similarity_regression.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/dense_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr double kNone = -100;

struct Naive {
  Dense ratings, similarity;  // similarity[i][j]: i is among the nearest of j
  std::vector<double> means;
  double prior;

  double s(const std::vector<double>& own, std::size_t j) const {
    double sum = 0, weight = 0;
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (own[i] == kNone) continue;
      sum += similarity[i][j] * own[i];
      weight += similarity[i][j];
    }
    return weight > 0 ? (sum + prior * means[j]) / (weight + prior) : means[j];
  }
};

Naive naive(const SmallWorld& world, int neighbours, double prior) {
  const std::int64_t users = world.ratings.rows, items = world.ratings.cols;
  Naive out{Dense(users, std::vector<double>(items, kNone)), Dense(items, std::vector<double>(items, 0.0)), {}, prior};
  double total = 0;
  for (std::int64_t u = 0; u < users; ++u) {
    for (std::size_t n = 0; n < world.ratings.row_indices(u).size(); ++n) {
      out.ratings[u][world.ratings.row_indices(u)[n]] = world.ratings.row_values(u)[n];
      total += world.ratings.row_values(u)[n];
    }
  }
  for (std::int64_t j = 0; j < items; ++j) {
    double sum = 0, count = 0;
    for (std::int64_t u = 0; u < users; ++u)
      if (out.ratings[u][j] != kNone) sum += out.ratings[u][j], count += 1;
    out.means.push_back(count > 0 ? sum / count : total / static_cast<double>(world.ratings.values.size()));
    std::vector<std::pair<double, std::int64_t>> order;
    for (std::int64_t i = 0; i < items; ++i) {
      double product = 0, ii = 0, jj = 0;
      for (std::int64_t u = 0; u < users; ++u) {
        const double a = std::max(out.ratings[u][i], 0.0), b = std::max(out.ratings[u][j], 0.0);
        product += a * b, ii += a * a, jj += b * b;
      }
      if (i != j && product > 0) order.emplace_back(-product / std::sqrt(ii * jj), i);
    }
    std::sort(order.begin(), order.end());
    for (std::size_t n = 0; n < order.size() && n < static_cast<std::size_t>(neighbours); ++n)
      out.similarity[order[n].second][j] = -order[n].first;
  }
  return out;
}

// theta by the normal equations over every rating.
Line solved(const Naive& model) {
  double n = 0, s1 = 0, r1 = 0, ss = 0, sr = 0;
  for (const auto& own : model.ratings) {
    for (std::size_t j = 0; j < own.size(); ++j) {
      if (own[j] == kNone) continue;
      const double s = model.s(own, j);
      n += 1, s1 += s, r1 += own[j], ss += s * s, sr += s * own[j];
    }
  }
  const double determinant = n * ss - s1 * s1;
  return {(r1 * ss - s1 * sr) / determinant, (n * sr - s1 * r1) / determinant};
}

TEST(SimilarityRegression, EqualsTheLeastSquaresLineOverDenseNeighbours) {
  const SmallWorld world = small_world(30, 20, 3, 4, /*cold=*/1);
  for (const double prior : {0.0, 1.5}) {
    SimilarityRegressionOptions options;
    options.neighbours = 4;
    options.similarity = "cosine";
    options.prior = prior;
    SimilarityRegression model(options);
    model.fit(world.data());
    const Naive wanted = naive(world, 4, prior);
    const Line line = solved(wanted);
    EXPECT_NEAR(model.line().theta0, line.theta0, 1e-4);
    EXPECT_NEAR(model.line().theta1, line.theta1, 1e-4);
    const auto expect_ratings = [&](const Query& query, const std::vector<double>& own) {
      const auto scores = scores_of(model, query);
      for (std::size_t j = 0; j < 20; ++j)
        EXPECT_NEAR(scores[j], line.theta0 + line.theta1 * wanted.s(own, j), 1e-3) << j;
    };
    for (std::int32_t user = 0; user < 30; ++user) expect_ratings({.user = user}, wanted.ratings[user]);
    const std::vector<std::int32_t> history = {4, 9, 1};
    std::vector<double> own(20, kNone);
    for (const std::int32_t item : history) own[item] = rating_scale(world.ratings, world.interactions).liked;
    expect_ratings({.history = history}, own);
  }
}

TEST(SimilarityRegression, RanksByTheMeansWhereNothingIsKnown) {
  const SmallWorld world = small_world(30, 20);
  SimilarityRegression model({});
  model.fit(world.data());
  const auto scores = scores_of(model, {});
  const auto means = item_means(world.ratings, 0);
  for (std::size_t j = 0; j < 20; ++j)
    EXPECT_NEAR(scores[j], model.line().theta0 + model.line().theta1 * means[j], 1e-5);
  EXPECT_FALSE(model.personalises({}));
}

TEST(SimilarityRegression, EqualRatingsArePredictedAsTheyAre) {
  const SmallWorld world = small_world(20, 12);
  for (const auto* similarity : {"cosine", "adjusted_cosine", "jaccard"}) {
    SimilarityRegressionOptions options;
    options.similarity = similarity;
    SimilarityRegression model(options);
    model.fit({world.interactions, {}, 7});
    for (const float score : scores_of(model, {.user = 2})) EXPECT_NEAR(score, 1, 1e-6) << similarity;
  }
}

}  // namespace
}  // namespace genre
