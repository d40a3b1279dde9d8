#include "genre/rec/nmf.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/ials.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

double loss(const CsrMatrix& x, const Matrix& w, const Matrix& h, double l2) {
  double sum = 0;
  for (std::int64_t u = 0; u < x.rows; ++u) {
    std::vector<double> target(x.cols, 0.0);
    for (std::size_t n = 0; n < x.row_indices(u).size(); ++n) target[x.row_indices(u)[n]] = x.row_values(u)[n];
    for (std::int64_t i = 0; i < x.cols; ++i) {
      double product = 0;
      for (std::int64_t d = 0; d < w.cols(); ++d) product += static_cast<double>(w.row(u)[d]) * h.row(i)[d];
      sum += (target[i] - product) * (target[i] - product);
    }
  }
  for (const auto* m : {&w, &h})
    for (const float value : m->values()) sum += l2 * value * value;
  return sum;
}

TEST(Nmf, EveryHalfStepLowersTheLossAndNothingIsNegative) {
  SmallWorld world = small_world(60, 40, 3);
  const CsrMatrix by_item = transpose(world.interactions);
  Matrix users(60, 6), items(40, 6);
  fill_normal(users, 0.3, 1, "users");
  for (std::int64_t n = 0; n < 360; ++n) users.data()[n] = std::abs(users.data()[n]);
  double before = 1e30;
  for (int half = 0; half < 30; ++half) {
    if (half % 2 == 0)
      non_negative_step(by_item, users, 0.5, items.view());
    else
      non_negative_step(world.interactions, items, 0.5, users.view());
    const double now = loss(world.interactions, users, items, 0.5);
    EXPECT_LE(now, before * (1 + 1e-6)) << half;
    before = now;
  }
  for (const auto* m : {&users, &items})
    for (const float value : m->values()) EXPECT_GE(value, 0);
}

// At the minimum of a row the slope is zero where the number is above zero, and not negative where it is zero.
TEST(Nmf, ARowEndsAtTheMinimumOverNumbersAtOrAboveZero) {
  Matrix items(40, 6);
  fill_normal(items, 0.5, 1, "items");
  const Matrix gram = float_gram(items);
  std::vector<float> product(6), w(6, 0.0f);
  RandomStream random(2, "product");
  for (float& x : product) x = static_cast<float>(3 * random.normal());
  non_negative_row(gram, product, 0.5, 200, w);
  int zeros = 0;
  for (int k = 0; k < 6; ++k) {
    double slope = 0.5 * w[k] - product[k];
    for (int l = 0; l < 6; ++l) slope += static_cast<double>(gram.row(k)[l]) * w[l];
    zeros += w[k] == 0 ? 1 : 0;
    if (w[k] > 0)
      EXPECT_NEAR(slope, 0, 1e-3) << k;
    else
      EXPECT_GE(slope, -1e-3) << k;
  }
  EXPECT_GT(zeros, 0);
}

TEST(Nmf, PartsAreTheThemesOfTheWorld) {
  const SmallWorld world = small_world(80, 40, 3);
  NmfOptions options;
  options.factors = 4;
  options.iterations = 100;
  Nmf model(options);
  model.fit(world.data());
  int own = 0;
  for (std::int32_t i = 0; i < 40; ++i)
    for (const auto& entry : model.similar_items(i, 5)) own += entry.index % 4 == i % 4 ? 1 : 0;
  EXPECT_GT(own, 120);  // of 200; by chance 46
}

}  // namespace
}  // namespace genre
