#include "genre/linalg/symmetric_eigen.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/random.h"

namespace genre {
namespace {

TEST(SymmetricEigen, VectorsAreOrthonormalAndRebuildTheMatrix) {
  for (const std::int64_t n : {1, 2, 7, 40}) {
    RandomStream random(n, "eigen");
    std::vector<double> a(n * n);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j <= i; ++j) a[i * n + j] = a[j * n + i] = random.normal();
    const SymmetricEigen eigen = symmetric_eigen(a, n);
    for (std::int64_t i = 0; i < n; ++i) {
      if (i > 0) {
        EXPECT_GE(eigen.values[i - 1], eigen.values[i]);
      }
      for (std::int64_t j = 0; j < n; ++j) {
        double product = 0, rebuilt = 0;
        for (std::int64_t k = 0; k < n; ++k) {
          product += eigen.vectors[i * n + k] * eigen.vectors[j * n + k];
          rebuilt += eigen.vectors[k * n + i] * eigen.values[k] * eigen.vectors[k * n + j];
        }
        EXPECT_NEAR(product, i == j ? 1 : 0, 1e-12);
        EXPECT_NEAR(rebuilt, a[i * n + j], 1e-12 * static_cast<double>(n));
      }
    }
  }
}

TEST(SymmetricEigen, RankOneAndZeroMatricesHaveExactZeros) {
  const SymmetricEigen one = symmetric_eigen({1, 2, 2, 4}, 2);
  EXPECT_NEAR(one.values[0], 5, 1e-14);
  EXPECT_NEAR(one.values[1], 0, 1e-14);
  const SymmetricEigen zero = symmetric_eigen(std::vector<double>(9, 0.0), 3);
  for (const double value : zero.values) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace genre
