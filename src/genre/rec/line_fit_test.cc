#include "genre/rec/line_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "genre/base/random.h"

namespace genre {
namespace {

std::vector<std::pair<double, double>> pairs(double scale = 1) {
  RandomStream random(6, "pairs");
  std::vector<std::pair<double, double>> out;
  for (int n = 0; n < 200; ++n) {
    const double s = 3.5 + 0.4 * random.normal();
    out.emplace_back(scale * s, scale * (0.7 + 0.8 * s + 0.9 * random.normal()));
  }
  return out;
}

PairMoments moments_of(const std::vector<std::pair<double, double>>& pairs) {
  PairMoments out;
  for (const auto& [s, r] : pairs) out.add(s, r);
  return out;
}

double written_out(const std::vector<std::pair<double, double>>& pairs, const Line& line, double l2) {
  double sum = 0;
  for (const auto& [s, r] : pairs) sum += std::pow(r - line.theta0 - line.theta1 * s, 2);
  return sum / static_cast<double>(pairs.size()) + l2 * line.theta1 * line.theta1;
}

// Normal equations of (theta0, theta1), theta0 without penalty.
Line closed_form(const std::vector<std::pair<double, double>>& pairs, double l2) {
  const auto n = static_cast<double>(pairs.size());
  double s1 = 0, r1 = 0, ss = 0, sr = 0;
  for (const auto& [s, r] : pairs) s1 += s, r1 += r, ss += s * s, sr += s * r;
  const double a = n, b = s1, d = ss + n * l2, determinant = a * d - b * b;
  return {(r1 * d - b * sr) / determinant, (a * sr - b * r1) / determinant};
}

TEST(LineFit, TheLossIsTheMeanSquaredError) {
  const auto data = pairs();
  for (const Line line : {Line{0, 0}, Line{1.2, 0.4}, Line{-3, 2}})
    EXPECT_NEAR(loss(moments_of(data), line, 0.3), written_out(data, line, 0.3), 1e-9);
}

TEST(LineFit, TheGradientIsThatOfFiniteDifferences) {
  const auto data = pairs();
  const double h = 1e-5;
  for (const Line line : {Line{0, 0}, Line{1.2, 0.4}, Line{-3, 2}}) {
    const Line found = gradient(moments_of(data), line, 0.3);
    const auto slope = [&](double d0, double d1) {
      return (written_out(data, {line.theta0 + d0, line.theta1 + d1}, 0.3) -
              written_out(data, {line.theta0 - d0, line.theta1 - d1}, 0.3)) /
             (2 * h);
    };
    EXPECT_NEAR(found.theta0, slope(h, 0), 1e-6 * (1 + std::abs(found.theta0)));
    EXPECT_NEAR(found.theta1, slope(0, h), 1e-6 * (1 + std::abs(found.theta1)));
  }
}

TEST(LineFit, DescentReachesTheClosedFormInAnyUnit) {
  for (const double scale : {0.01, 1.0, 1000.0}) {
    for (const double learning_rate : {0.05, 0.5, 0.9}) {
      const auto data = pairs(scale);
      const double l2 = 0.02 * scale * scale;
      const Line line = descend(moments_of(data), {.learning_rate = learning_rate, .epochs = 500, .l2 = l2});
      const Line wanted = closed_form(data, l2);
      EXPECT_NEAR(line.theta0, wanted.theta0, 1e-6 * scale);
      EXPECT_NEAR(line.theta1, wanted.theta1, 1e-6);
    }
  }
}

TEST(LineFit, EachEpochComesNearer) {
  const PairMoments moments = moments_of(pairs());
  double before = loss(moments, {}, 0.1);
  for (int epochs = 1; epochs < 20; ++epochs) {
    const double now = loss(moments, descend(moments, {.learning_rate = 0.1, .epochs = epochs, .l2 = 0.1}), 0.1);
    EXPECT_LT(now, before);
    before = now;
  }
}

TEST(LineFit, MomentsDoNotDependOnHowPairsAreGrouped) {
  const auto data = pairs();
  PairMoments left, right;
  for (std::size_t n = 0; n < data.size(); ++n) (n < 37 ? left : right).add(data[n].first, data[n].second);
  left.add(right);
  const PairMoments whole = moments_of(data);
  EXPECT_NEAR(left.covariance, whole.covariance, 1e-12);
  EXPECT_NEAR(left.var_s, whole.var_s, 1e-12);
  EXPECT_EQ(left.n, whole.n);
}

TEST(LineFit, EqualAbscissaeGiveTheMean) {
  PairMoments moments;
  moments.add(2, 1);
  moments.add(2, 4);
  const Line line = descend(moments, {.learning_rate = 0.5, .epochs = 1});
  EXPECT_EQ(line.theta1, 0);
  EXPECT_EQ(line.theta0, 2.5);
}

}  // namespace
}  // namespace genre
