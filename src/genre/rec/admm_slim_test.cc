#include "genre/rec/admm_slim.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/slim.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// Coordinate descent in double on the objective of admm_slim.h, cycled until it rests.
std::vector<std::vector<double>> naive_weights(const CsrMatrix& x, const AdmmSlimOptions& options) {
  const std::int64_t n = x.cols;
  std::vector<std::vector<double>> gram(n, std::vector<double>(n, 0.0)), b = gram;
  std::vector<double> penalty(n, 0.0);
  for (std::int64_t u = 0; u < x.rows; ++u) {
    for (std::size_t i = 0; i < x.row_indices(u).size(); ++i) {
      penalty[x.row_indices(u)[i]] += 1.0 / static_cast<double>(x.rows);
      for (std::size_t j = 0; j < x.row_indices(u).size(); ++j)
        gram[x.row_indices(u)[i]][x.row_indices(u)[j]] += double{x.row_values(u)[i]} * x.row_values(u)[j];
    }
  }
  for (double& value : penalty) value = options.l2 * std::pow(value, options.alpha);
  for (std::int64_t j = 0; j < n; ++j) {
    for (int cycle = 0; cycle < 2000; ++cycle) {
      for (std::int64_t i = 0; i < n; ++i) {
        if (i == j) continue;
        double pull = gram[i][j];
        for (std::int64_t k = 0; k < n; ++k)
          if (k != i) pull -= gram[i][k] * b[k][j];
        double next = pull > options.l1 ? pull - options.l1 : pull < -options.l1 ? pull + options.l1 : 0;
        if (options.positive) next = std::max(next, 0.0);
        b[i][j] = next / (gram[i][i] + penalty[i]);
      }
    }
  }
  return b;
}

TEST(AdmmSlim, WeightsMinimiseTheObjective) {
  SmallWorld world = small_world(80, 30, 3);
  RandomStream random(4, "values");
  for (float& value : world.interactions.values) value = 0.5f + static_cast<float>(random.uniform());
  for (const bool positive : {true, false}) {
    for (const double alpha : {0.0, 0.75}) {
      AdmmSlimOptions options;
      options.l1 = 2;
      options.l2 = 20;
      options.alpha = alpha;
      options.rho = 30;
      options.iterations = 5000;
      options.tolerance = 1e-7;
      options.positive = positive;
      AdmmSlim model(options);
      model.fit(world.data());
      const auto wanted = naive_weights(world.interactions, options);
      int zeros = 0;
      for (std::int64_t i = 0; i < 30; ++i) {
        for (std::int64_t j = 0; j < 30; ++j) {
          EXPECT_NEAR(model.weights().row(i)[j], wanted[i][j], 1e-4)
              << positive << " " << alpha << ": " << i << "," << j;
          zeros += model.weights().row(i)[j] == 0 ? 1 : 0;
        }
      }
      EXPECT_GT(zeros, 100);
    }
  }
}

TEST(AdmmSlim, WithoutPopularityItIsSlim) {
  const SmallWorld world = small_world(80, 30, 3);
  AdmmSlimOptions options;
  options.l1 = 1;
  options.l2 = 15;
  options.alpha = 0;
  options.rho = 30;
  options.iterations = 5000;
  options.tolerance = 1e-7;
  SlimOptions same;
  same.l1 = 1;
  same.l2 = 15;
  same.tolerance = 0;
  same.iterations = 2000;
  AdmmSlim a(options);
  Slim b(same);
  a.fit(world.data());
  b.fit(world.data());
  for (std::int32_t user = 0; user < 80; ++user) {
    const Query query{.history = world.interactions.row_indices(user)};
    const auto first = scores_of(a, query), second = scores_of(b, query);
    for (std::size_t j = 0; j < first.size(); ++j) EXPECT_NEAR(first[j], second[j], 1e-3);
  }
}

}  // namespace
}  // namespace genre
