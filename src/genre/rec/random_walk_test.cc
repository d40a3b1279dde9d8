#include "genre/rec/random_walk.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/dense_test.h"
#include "genre/rec/p3alpha.h"
#include "genre/rec/rp3beta.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

void keep_largest(std::vector<double>& row, std::size_t k) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t j = 0; j < row.size(); ++j) order.push_back({-row[j], j});
  std::sort(order.begin(), order.end());
  for (std::size_t n = k; n < order.size(); ++n) row[order[n].second] = 0;
}

Dense transposed(const Dense& a) {
  Dense out(a.size(), std::vector<double>(a.size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a.size(); ++j) out[j][i] = a[i][j];
  return out;
}

// The definition with dense matrices, step by step.
Dense naive_weights(const CsrMatrix& interactions, const RandomWalk& walk) {
  const std::int64_t users = interactions.rows, items = interactions.cols;
  Dense x(users, std::vector<double>(items, 0.0));
  std::vector<double> of_user(users, 0.0), of_item(items, 0.0);
  for (std::int64_t u = 0; u < users; ++u) {
    for (std::size_t n = 0; n < interactions.row_indices(u).size(); ++n) {
      const double value = std::max(interactions.row_values(u)[n], 0.0f);
      x[u][interactions.row_indices(u)[n]] = value;
      of_user[u] += value;
      of_item[interactions.row_indices(u)[n]] += value;
    }
  }
  Dense weights(items, std::vector<double>(items, 0.0));
  for (std::int64_t i = 0; i < items; ++i) {
    for (std::int64_t j = 0; j < items; ++j) {
      if (i == j) continue;
      for (std::int64_t u = 0; u < users; ++u)
        if (x[u][i] > 0 && x[u][j] > 0)
          weights[i][j] += std::pow(x[u][i] / of_item[i], walk.alpha) * std::pow(x[u][j] / of_user[u], walk.alpha);
      if (weights[i][j] > 0) weights[i][j] /= std::pow(of_item[j], walk.beta);
    }
    keep_largest(weights[i], walk.neighbours);
    double sum = 0;
    for (const double weight : weights[i]) sum += weight;
    if (walk.normalise && sum > 0)
      for (double& weight : weights[i]) weight /= sum;
  }
  Dense columns = transposed(weights);
  for (auto& column : columns) keep_largest(column, walk.neighbours);
  return transposed(columns);
}

TEST(RandomWalk, WeightsEqualTheNaiveDenseOnes) {
  SmallWorld world = weighted(small_world(50, 30, 5), 11);
  world.interactions.values[3] = -1;
  for (const double alpha : {1.0, 0.7, 1.6}) {
    for (const double beta : {0.0, 0.6}) {
      for (const int neighbours : {5, 29}) {
        for (const bool normalise : {false, true}) {
          const RandomWalk walk{alpha, beta, neighbours, normalise};
          const CsrMatrix found = random_walk_weights(world.interactions, walk);
          const Dense wanted = naive_weights(world.interactions, walk);
          Dense dense(30, std::vector<double>(30, 0.0));
          for (std::int64_t i = 0; i < 30; ++i)
            for (std::size_t n = 0; n < found.row_indices(i).size(); ++n)
              dense[i][found.row_indices(i)[n]] = found.row_values(i)[n];
          for (int i = 0; i < 30; ++i)
            for (int j = 0; j < 30; ++j)
              ASSERT_NEAR(dense[i][j], wanted[i][j], 1e-6 * (1 + wanted[i][j]))
                  << alpha << " " << beta << " " << neighbours << " " << normalise << ": " << i << "," << j;
        }
      }
    }
  }
}

TEST(RandomWalk, WithoutCutsAndExponentsTheWeightsOfARowAreProbabilities) {
  const SmallWorld world = small_world(50, 30, 5);
  const CsrMatrix weights = random_walk_weights(world.interactions, {.neighbours = 30});
  for (std::int64_t i = 0; i < 30; ++i) {
    double sum = 0;
    for (const float weight : weights.row_values(i)) sum += weight;
    EXPECT_GT(sum, 0);
    EXPECT_LT(sum, 1);  // the walks that come back to i are left out
  }
}

TEST(P3alpha, IsRp3betaWithoutTheDiscount) {
  SmallWorld world = weighted(small_world(50, 30, 5), 11);
  world.interactions.values[3] = -1;
  P3alphaOptions plain;
  plain.neighbours = 7;
  plain.alpha = 0.8;
  Rp3betaOptions discounted;
  discounted.neighbours = 7;
  discounted.alpha = 0.8;
  discounted.beta = 0;
  discounted.normalise = true;
  P3alpha a(plain);
  Rp3beta b(discounted);
  a.fit(world.data());
  b.fit(world.data());
  EXPECT_EQ(a.weights().indices, b.weights().indices);
  EXPECT_EQ(a.weights().values, b.weights().values);
}

TEST(Rp3beta, BetaTakesListsAwayFromPopularItems) {
  const SmallWorld world = small_world(200, 40, 8);
  std::vector<double> popularity(40, 0.0);
  for (const std::int32_t item : world.interactions.indices) ++popularity[item];
  const auto shown = [&](double beta) {
    Rp3betaOptions options;
    options.beta = beta;
    Rp3beta model(options);
    model.fit(world.data());
    double sum = 0;
    for (std::int32_t user = 0; user < 200; ++user) {
      const auto seen = world.interactions.row_indices(user);
      for (const auto& entry : recommend(model, {.history = seen}, {.k = 5, .exclude = seen}))
        sum += popularity[entry.index];
    }
    return sum;
  };
  EXPECT_GT(shown(0), shown(0.6));
  EXPECT_GT(shown(0.6), shown(1.2));
}

}  // namespace
}  // namespace genre
