#include "genre/rec/cold_columns.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/linalg/gemm.h"
#include "genre/rec/ease.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

class ColdColumns : public ::testing::Test {
 protected:
  ColdColumns() {
    Ease model({});
    model.fit(world_.data());
    before_ = after_ = model.weights();
    similarity_ = multiply_transposed(world_.item_vectors, world_.item_vectors);
    factor_ = blend_cold_columns(after_, world_.interactions, similarity_, /*neighbours=*/3, /*weight=*/0.5);
  }
  // The three most similar of the first `warm` items, shares adding up to 1.
  std::vector<std::pair<int, double>> nearest(int item, int warm) const {
    std::vector<std::pair<double, int>> order;
    for (int j = 0; j < warm; ++j)
      if (j != item && similarity_.row(item)[j] > 0) order.push_back({-similarity_.row(item)[j], j});
    std::sort(order.begin(), order.end());
    order.resize(3);
    const double sum = order[0].first + order[1].first + order[2].first;
    std::vector<std::pair<int, double>> out;
    for (const auto& [score, j] : order) out.push_back({j, score / sum});
    return out;
  }

  const SmallWorld world_ = small_world(50, 24, 1, 4, /*cold=*/4, 0.2f);
  Matrix before_, after_, similarity_;
  double factor_ = 0;
};

TEST_F(ColdColumns, WarmColumnsStayAsTheyWere) {
  for (std::int64_t i = 0; i < 24; ++i)
    for (std::int64_t j = 0; j < 20; ++j) EXPECT_EQ(after_.row(i)[j], before_.row(i)[j]);
}

TEST_F(ColdColumns, AColdItemTakesTheColumnsOfItemsLikeIt) {
  for (int c = 20; c < 24; ++c) {
    for (std::int64_t i = 0; i < 24; ++i) {
      double wanted = 0;
      for (const auto& [j, share] : nearest(c, 20)) wanted += share * (before_.row(i)[j] + (i == j ? 1.0 : 0.0));
      EXPECT_NEAR(after_.row(i)[c], 0.5 * factor_ * wanted, 1e-6);
    }
  }
}

TEST_F(ColdColumns, TheFactorIsTheLeastSquaresFitOnWarmItems) {
  double product = 0, square = 0;
  for (std::int64_t u = 0; u < 50; ++u) {
    std::vector<double> x(24, 0.0), reached(24, 0.0);
    for (const std::int32_t item : world_.interactions.row_indices(u)) x[item] = 1;
    for (int i = 0; i < 24; ++i)
      for (int j = 0; j < 24; ++j) reached[j] += x[i] * (before_.row(i)[j] + (i == j ? 1.0 : 0.0));
    for (int j = 0; j < 20; ++j) {
      double z = 0;
      for (const auto& [l, share] : nearest(j, 20)) z += share * reached[l];
      product += x[j] * z;
      square += z * z;
    }
  }
  EXPECT_NEAR(factor_, product / square, 1e-5);
}

}  // namespace
}  // namespace genre
