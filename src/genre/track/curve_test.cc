#include "genre/track/curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "genre/base/not_a_number.h"

namespace genre {
namespace {}  // namespace

TEST(Thin, AShortSeriesStaysAsItIs) {
  const std::vector<std::int64_t> steps = {1, 2, 4};
  const Curve curve = thin(steps, std::vector<double>{3, kNan, 5}, 3);
  EXPECT_EQ(curve.steps_a_point, 1);
  EXPECT_EQ(curve.x, (std::vector<double>{1, 2, 4}));
  EXPECT_EQ(curve.y[0].value, 3);
  EXPECT_TRUE(std::isnan(curve.y[1].value));
}

TEST(Thin, APointIsMeanLeastAndGreatestOfItsSteps) {
  const std::vector<std::int64_t> steps = {1, 2, 3, 4, 5, 6, 7};
  const Curve curve = thin(steps, std::vector<double>{1, 2, 6, kNan, kNan, kNan, 9}, 3);
  EXPECT_EQ(curve.steps_a_point, 3);
  EXPECT_EQ(curve.x, (std::vector<double>{2, 5, 7}));
  EXPECT_EQ(curve.y[0].value, 3);
  EXPECT_EQ(curve.y[0].low, 1);
  EXPECT_EQ(curve.y[0].high, 6);
  EXPECT_TRUE(std::isnan(curve.y[1].value));
  EXPECT_EQ(curve.y[2].value, 9);
}

TEST(Thin, ALongSeriesKeepsItsExtremesAndItsMean) {
  std::vector<std::int64_t> steps;
  std::vector<double> values;
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    steps.push_back(i);
    values.push_back(i == 77'777 ? -50 : i == 3 ? 80 : std::sin(i));
    sum += values.back();
  }
  const Curve curve = thin(steps, values);
  ASSERT_EQ(curve.y.size(), 500u);
  double low = 0, high = 0, mean = 0;
  for (const auto& point : curve.y) {
    low = std::min(low, point.low);
    high = std::max(high, point.high);
    mean += point.value / 500;
  }
  EXPECT_EQ(low, -50);
  EXPECT_EQ(high, 80);
  EXPECT_NEAR(mean, sum / 100'000, 1e-9);
}

TEST(Smooth, AConstantStaysAndAStepIsApproached) {
  for (const double value : smooth(std::vector<double>(20, 3.0), 5)) EXPECT_DOUBLE_EQ(value, 3);
  std::vector<double> step(2000, 0.0);
  step.insert(step.end(), 10, 1.0);
  const auto smoothed = smooth(step, 10);
  EXPECT_EQ(smoothed[1999], 0);
  EXPECT_NEAR(smoothed[2009], 1 - std::exp(-1), 1e-9) << "ten steps of ten";
}

TEST(Smooth, WhatIsNotFiniteChangesNothing) {
  const auto smoothed = smooth(std::vector<double>{kNan, 2, std::numeric_limits<double>::infinity(), 2}, 3);
  EXPECT_TRUE(std::isnan(smoothed[0]));
  for (int i = 1; i < 4; ++i) EXPECT_DOUBLE_EQ(smoothed[i], 2);
}

TEST(Thin, NothingHasNoPoints) { EXPECT_TRUE(thin({}, {}).y.empty()); }

}  // namespace genre
