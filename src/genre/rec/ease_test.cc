#include "genre/rec/ease.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// (X^T X + l2 I)^-1 by Gauss-Jordan elimination in double, then B.
std::vector<std::vector<double>> naive_weights(const CsrMatrix& x, double l2) {
  const std::int64_t n = x.cols;
  std::vector<std::vector<double>> a(n, std::vector<double>(2 * n, 0.0));
  for (std::int64_t u = 0; u < x.rows; ++u)
    for (std::size_t i = 0; i < x.row_indices(u).size(); ++i)
      for (std::size_t j = 0; j < x.row_indices(u).size(); ++j)
        a[x.row_indices(u)[i]][x.row_indices(u)[j]] += static_cast<double>(x.row_values(u)[i]) * x.row_values(u)[j];
  for (std::int64_t i = 0; i < n; ++i) {
    a[i][i] += l2;
    a[i][n + i] = 1;
  }
  for (std::int64_t pivot = 0; pivot < n; ++pivot) {
    const double by = a[pivot][pivot];
    for (double& value : a[pivot]) value /= by;
    for (std::int64_t row = 0; row < n; ++row) {
      if (row == pivot) continue;
      const double factor = a[row][pivot];
      for (std::int64_t col = 0; col < 2 * n; ++col) a[row][col] -= factor * a[pivot][col];
    }
  }
  std::vector<std::vector<double>> b(n, std::vector<double>(n, 0.0));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      if (i != j) b[i][j] = -a[i][n + j] / a[j][n + j];
  return b;
}

TEST(Ease, EqualsGaussJordanInDouble) {
  SmallWorld world = small_world(80, 30, 3);
  RandomStream random(4, "values");
  for (float& value : world.interactions.values) value = 0.5f + static_cast<float>(random.uniform());
  EaseOptions options;
  options.l2 = 12;
  Ease model(options);
  model.fit(world.data());
  const auto wanted = naive_weights(world.interactions, 12);
  for (std::int64_t i = 0; i < 30; ++i)
    for (std::int64_t j = 0; j < 30; ++j) EXPECT_NEAR(model.weights().row(i)[j], wanted[i][j], 1e-5);
}

TEST(Ease, ScoresAreTheHistoryTimesTheWeights) {
  const SmallWorld world = small_world(80, 30, 3);
  Ease model({});
  model.fit(world.data());
  const std::vector<std::int32_t> history = {4, 17, 2};
  const std::vector<float> values = {1, 0.5f, -2};
  const auto scores = scores_of(model, {.history = history, .history_values = values});
  for (std::int64_t j = 0; j < 30; ++j) {
    const auto& w = model.weights();
    EXPECT_NEAR(scores[j], w.row(4)[j] + 0.5 * w.row(17)[j] - 2 * w.row(2)[j], 1e-6);
  }
}

TEST(Ease, AnItemDoesNotRecommendItself) {
  const SmallWorld world = small_world(80, 30, 3);
  Ease model({});
  model.fit(world.data());
  for (std::int64_t i = 0; i < 30; ++i) EXPECT_EQ(model.weights().row(i)[i], 0);
}

TEST(Ease, ExplanationsAreTheSharesOfTheScore) {
  const SmallWorld world = small_world(80, 30, 3);
  Ease model({});
  model.fit(world.data());
  const auto history = world.interactions.row_indices(1);
  double positive = 0, negative = 0;
  for (const auto& reason : model.explain({.history = history}, 9, 100)) positive += reason.score;
  for (const std::int32_t item : history) negative += std::min(0.0f, model.weights().row(item)[9]);
  EXPECT_NEAR(positive + negative, scores_of(model, {.history = history})[9], 1e-5);
}

}  // namespace
}  // namespace genre
