#include "genre/optim/rate_sweep.h"

#include <gtest/gtest.h>

#include <cmath>

namespace genre {
namespace {

// A loss that falls along a logistic curve around `middle` and bursts from `limit` on.
std::vector<RatePoint> sweep(double middle, double limit) {
  std::vector<RatePoint> out;
  for (int i = 0; i <= 200; ++i) {
    const double rate = std::pow(10.0, -7 + i * 7.0 / 200);
    const double fallen = 1 / (1 + std::pow(middle / rate, 2));
    out.push_back({rate, 2 - fallen + (rate > limit ? 5 * std::log10(rate / limit) : 0)});
  }
  return out;
}

TEST(RateSweep, SuggestsWhereTheLossFallsFastest) {
  const SuggestedRate found = suggest_rate(sweep(1e-4, 1e-2));
  // Smoothing over about ten points, a third of a decade, moves both to the right.
  EXPECT_GT(found.rate, 1e-4);
  EXPECT_LT(found.rate, 1e-4 * 4);
  EXPECT_GT(found.lowest, found.rate);
  EXPECT_LT(found.lowest, 1e-2 * 4);
}

TEST(RateSweep, ALossThatNeverFallsSuggestsNothing) {
  const std::vector<RatePoint> rising = {{1e-5, 1}, {1e-4, 2}, {1e-3, 3}};
  EXPECT_TRUE(std::isnan(suggest_rate(rising).rate));
}

TEST(RateSweep, SmoothingKeepsAConstant) {
  const std::vector<RatePoint> flat = {{1, 3}, {2, 3}, {3, 3}};
  for (const double loss : smoothed_losses(flat)) EXPECT_DOUBLE_EQ(loss, 3);
}

}  // namespace
}  // namespace genre
