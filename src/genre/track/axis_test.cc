#include "genre/track/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

namespace genre {
namespace {

void expect_sound(const Axis& axis, const std::vector<double>& values, int target) {
  ASSERT_GE(axis.ticks.size(), 2u);
  EXPECT_LE(axis.ticks.size(), static_cast<std::size_t>(target) + 3);
  ASSERT_EQ(axis.ticks.size(), axis.labels.size());
  EXPECT_EQ(axis.low, axis.ticks.front());
  EXPECT_EQ(axis.high, axis.ticks.back());
  EXPECT_LT(axis.low, axis.high);
  const double step = (axis.high - axis.low) / static_cast<double>(axis.ticks.size() - 1);
  const double digits = step / std::pow(10.0, std::floor(std::log10(step * (1 + 1e-9))));
  EXPECT_TRUE(std::abs(digits - 1) < 1e-6 || std::abs(digits - 2) < 1e-6 || std::abs(digits - 2.5) < 1e-6 ||
              std::abs(digits - 5) < 1e-6)
      << "step " << step;
  for (std::size_t i = 1; i < axis.ticks.size(); ++i) EXPECT_NEAR(axis.ticks[i] - axis.ticks[i - 1], step, step * 1e-6);
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    EXPECT_GE(value, axis.low - step * 1e-6);
    EXPECT_LE(value, axis.high + step * 1e-6);
  }
  EXPECT_EQ(std::set<std::string>(axis.labels.begin(), axis.labels.end()).size(), axis.labels.size())
      << "labels repeat";
}

}  // namespace

TEST(Axis, TicksAreRoundAndHoldTheValuesAtEveryMagnitude) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> unit(-1, 1);
  for (int exponent = -290; exponent <= 290; exponent += 10) {
    for (int trial = 0; trial < 50; ++trial) {
      const double scale = std::pow(10.0, exponent);
      const std::vector<double> values = {unit(random) * scale, unit(random) * scale, unit(random) * scale * 0.1};
      for (const int target : {4, 6}) {
        expect_sound(make_axis(values, target, false), values, target);
        const Axis zero = make_axis(values, target, true);
        expect_sound(zero, values, target);
        EXPECT_LE(zero.low, 0);
        EXPECT_GE(zero.high, 0);
      }
    }
  }
}

TEST(Axis, EqualMissingAndInfiniteValuesStillGiveAnAxis) {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  for (const auto& values : std::vector<std::vector<double>>{
           {}, {nan, nan}, {0, 0}, {5, 5, 5}, {-3}, {1e-12}, {1e300, 1e300}, {-inf, inf, 2}, {1e-320}, {1, 1 + 1e-15}})
    expect_sound(make_axis(values, 5, false), values, 5);
  const double huge = std::numeric_limits<double>::max();
  const Axis axis = make_axis(std::vector<double>{-huge, huge}, 5, false);
  EXPECT_TRUE(std::isfinite(axis.low) && std::isfinite(axis.high));
}

TEST(Axis, LabelsShareDecimalsAndTakeAUnitWhenHugeOrTiny) {
  EXPECT_EQ(make_axis(std::vector<double>{0, 0.3}, 6, true).labels,
            (std::vector<std::string>{"0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"}));
  EXPECT_EQ(make_axis(std::vector<double>{-1, 1}, 4, false).labels,
            (std::vector<std::string>{"−1.0", "−0.5", "0.0", "0.5", "1.0"}));
  const Axis huge = make_axis(std::vector<double>{0, 4e6}, 4, true);
  EXPECT_EQ(huge.scale, "×10⁶");
  EXPECT_EQ(huge.labels, (std::vector<std::string>{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(make_axis(std::vector<double>{0, 4e-5}, 4, true).scale, "×10⁻⁵");
}

TEST(Axis, PositionIsLinearInEitherDirection) {
  const Axis axis = make_axis(std::vector<double>{0, 10}, 5, true);
  EXPECT_DOUBLE_EQ(axis.at(5, 0, 100), 50);
  EXPECT_DOUBLE_EQ(axis.at(2.5, 200, 100), 175);
}

TEST(ShortNumber, KeepsSignificantDigits) {
  EXPECT_EQ(short_number(0.286512, 4), "0.2865");
  EXPECT_EQ(short_number(0.25, 4), "0.25");
  EXPECT_EQ(short_number(1234.5, 4), "1234");
  EXPECT_EQ(short_number(1200, 4), "1200");
  EXPECT_EQ(short_number(-0.5, 4), "-0.5");
  EXPECT_EQ(short_number(0, 4), "0");
  EXPECT_EQ(short_number(1.5e9, 4), "1.5e+09");
  EXPECT_EQ(short_number(std::nan(""), 4), "–");
}

}  // namespace genre
