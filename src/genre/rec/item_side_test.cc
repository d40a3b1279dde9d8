#include "genre/rec/item_side.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/rec/ials.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// S written out.
std::vector<std::vector<double>> dense_side(const SmallWorld& world, bool vectors, bool features) {
  std::vector<std::vector<double>> out;
  for (std::int64_t i = 0; i < world.interactions.cols; ++i) {
    std::vector<double> row = {1};
    if (vectors) row.insert(row.end(), world.item_vectors.row(i).begin(), world.item_vectors.row(i).end());
    if (features)
      for (std::int64_t f = 0; f < world.item_features.cols; ++f) {
        const auto has = world.item_features.row_indices(i);
        row.push_back(std::find(has.begin(), has.end(), f) != has.end() ? 1 : 0);
      }
    out.push_back(row);
  }
  return out;
}

TEST(ItemSide, ProductsEqualTheDenseOnes) {
  const SmallWorld world = small_world(30, 25, 3);
  for (const auto& [use, vectors, features] :
       {std::tuple{SideUse::kVectors, true, false}, {SideUse::kFeatures, false, true}, {SideUse::kBoth, true, true}}) {
    const ItemSide side("test", world.data(), use);
    const auto s = dense_side(world, vectors, features);
    ASSERT_EQ(side.width(), static_cast<std::int64_t>(s[0].size()));
    Matrix weights(side.width(), 3), at_items(25, 3), values(25, 3), back(side.width(), 3);
    fill_normal(weights, 1, 1, "weights");
    fill_normal(values, 1, 2, "values");
    side.project(weights, at_items.view());
    side.adjoint(values, back.view());
    for (int c = 0; c < 3; ++c) {
      for (std::int64_t i = 0; i < 25; ++i) {
        double wanted = 0;
        for (std::int64_t k = 0; k < side.width(); ++k) wanted += s[i][k] * weights.row(k)[c];
        EXPECT_NEAR(at_items.row(i)[c], wanted, 1e-5);
      }
      for (std::int64_t k = 0; k < side.width(); ++k) {
        double wanted = 0;
        for (std::int64_t i = 0; i < 25; ++i) wanted += s[i][k] * values.row(i)[c];
        EXPECT_NEAR(back.row(k)[c], wanted, 1e-5);
      }
    }
  }
}

TEST(ItemSide, RegressionEndsWhereTheSlopeIsZeroAndLooksAtKnownItemsOnly) {
  const SmallWorld world = small_world(30, 25, 3);
  const ItemSide side("test", world.data(), SideUse::kBoth);
  const auto s = dense_side(world, true, true);
  Matrix values(25, 2), weights(side.width(), 2);
  fill_normal(values, 1, 2, "values");
  std::vector<std::uint8_t> known(25, 1);
  known[3] = known[9] = 0;
  regress_on_side(side, known, values, 0.7, 60, weights);
  Matrix other = values, same(side.width(), 2);
  other.row(3)[0] = 1e6f;
  regress_on_side(side, known, other, 0.7, 60, same);
  for (int c = 0; c < 2; ++c) {
    for (std::int64_t k = 0; k < side.width(); ++k) {
      EXPECT_EQ(weights.row(k)[c], same.row(k)[c]);
      double slope = 0.7 * weights.row(k)[c];
      for (std::int64_t i = 0; i < 25; ++i) {
        if (known[i] == 0) continue;
        double error = -values.row(i)[c];
        for (std::int64_t l = 0; l < side.width(); ++l) error += s[i][l] * weights.row(l)[c];
        slope += error * s[i][k];
      }
      EXPECT_NEAR(slope, 0, 1e-3);
    }
  }
}

TEST(ItemSide, WhatIsNotThereIsRefused) {
  const SmallWorld world = small_world(30, 25, 3);
  const TrainingData bare{world.interactions, {}, 7};
  EXPECT_THROW(ItemSide("test", bare, SideUse::kVectors), Error);
  EXPECT_THROW(ItemSide("test", bare, SideUse::kBoth), Error);
  EXPECT_THROW(ItemSide("test", bare, SideUse::kFeatures), Error);
}

}  // namespace
}  // namespace genre
