// For tests: derivatives by differences.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "genre/neural/parameters.h"

namespace genre::neural {

inline Matrix random_matrix(std::int64_t rows, std::int64_t cols, RandomStream& random, double spread = 1) {
  Matrix out(rows, cols);
  fill_normal(out, spread, random);
  return out;
}

inline double inner(ConstMatrixView a, ConstMatrixView b) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.rows() * a.cols(); ++i) sum += double{a.data()[i]} * b.data()[i];
  return sum;
}

// Expects `gradient` to be that of `value` by `x`, along a few random directions.
inline void expect_gradient(Matrix& x, ConstMatrixView gradient, const std::function<double()>& value,
                            const std::string& what, double step = 1e-2, double tolerance = 2e-3) {
  RandomStream random(5, what);
  for (int round = 0; round < 3; ++round) {
    const Matrix along = random_matrix(x.rows(), x.cols(), random), before = x;
    const auto at = [&](double factor) {
      for (std::int64_t i = 0; i < x.rows() * x.cols(); ++i)
        x.data()[i] = before.data()[i] + static_cast<float>(factor * step) * along.data()[i];
      return value();
    };
    const double slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step), found = inner(gradient, along);
    x = before;
    EXPECT_NEAR(found, slope, tolerance * (1 + std::abs(slope))) << what;
  }
}

}  // namespace genre::neural
