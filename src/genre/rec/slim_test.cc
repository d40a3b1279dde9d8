#include "genre/rec/slim.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/dense_test.h"
#include "genre/rec/ease.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// The elastic net of column j by proximal gradient steps on the residuals, no Gram matrix, many small steps in double.
std::vector<double> naive_column(const Dense& x, std::size_t j, double l1, double l2, bool positive) {
  const std::size_t items = x[0].size();
  double energy = l2;
  for (const auto& row : x)
    for (const double value : row) energy += value * value;  // at least the largest eigenvalue
  std::vector<double> w(items, 0.0);
  for (int step = 0; step < 5000; ++step) {
    std::vector<double> gradient(items, 0.0);
    for (const auto& row : x) {
      double residual = row[j];
      for (std::size_t i = 0; i < items; ++i) residual -= row[i] * w[i];
      for (std::size_t i = 0; i < items; ++i) gradient[i] -= row[i] * residual;
    }
    for (std::size_t i = 0; i < items; ++i) {
      if (i == j) continue;
      const double moved = w[i] - (gradient[i] + l2 * w[i]) / energy;
      w[i] = moved > l1 / energy ? moved - l1 / energy : moved < -l1 / energy && !positive ? moved + l1 / energy : 0;
    }
  }
  return w;
}

TEST(Slim, EveryColumnIsTheElasticNet) {
  const SmallWorld world = weighted(small_world(80, 30, 3), 4);
  const Dense x = dense(world.interactions);
  for (const bool positive : {true, false}) {
    SlimOptions options;
    options.l1 = 2;
    options.l2 = 10;
    options.positive = positive;
    options.tolerance = 0;
    options.iterations = 2000;
    Slim model(options);
    model.fit(world.data());
    const Dense found = dense(model.weights());
    int zeros = 0;
    for (const std::size_t j : {0, 7, 29}) {
      const auto wanted = naive_column(x, j, 2, 10, positive);
      for (std::size_t i = 0; i < 30; ++i) {
        EXPECT_NEAR(found[i][j], wanted[i], 2e-5) << positive << " " << i << "," << j;
        zeros += wanted[i] == 0 ? 1 : 0;
      }
    }
    EXPECT_GT(zeros, 10);  // the L1 penalty bites
  }
}

TEST(Slim, WithoutAnL1PenaltyAndSignsItMinimisesWhatEaseDoes) {
  const SmallWorld world = weighted(small_world(80, 30, 3), 4);
  SlimOptions options;
  options.l1 = 0;
  options.l2 = 12;
  options.positive = false;
  options.tolerance = 0;
  options.iterations = 5000;
  EaseOptions closed;
  closed.l2 = 12;
  Slim model(options);
  Ease ease(closed);
  model.fit(world.data());
  ease.fit(world.data());
  const Dense found = dense(model.weights());
  for (std::size_t i = 0; i < 30; ++i)
    for (std::size_t j = 0; j < 30; ++j) EXPECT_NEAR(found[i][j], ease.weights().row(i)[j], 2e-5);
}

TEST(Slim, FeatureSelectionKeepsTheMostSimilarItems) {
  const SmallWorld world = weighted(small_world(80, 30, 3), 4);
  SlimOptions options;
  options.l1 = 0;
  options.neighbours = 4;
  Slim model(options);
  model.fit(world.data());
  const Dense x = dense(world.interactions), found = dense(model.weights());
  for (std::size_t j = 0; j < 30; ++j) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < 30; ++i) {
      double product = 0, square = 0;
      for (const auto& row : x) {
        product += row[i] * row[j];
        square += row[i] * row[i];
      }
      if (i != j) order.push_back({-product / std::sqrt(square), i});
    }
    std::sort(order.begin(), order.end());
    for (std::size_t n = 4; n < order.size(); ++n) EXPECT_EQ(found[order[n].second][j], 0);
  }
}

}  // namespace
}  // namespace genre
