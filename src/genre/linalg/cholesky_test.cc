#include "genre/linalg/cholesky.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/linalg/gemm.h"

namespace genre {
namespace {

Matrix random_spd(std::int64_t n, float ridge) {
  RandomStream random(n, "spd");
  Matrix x(n, n);
  for (std::int64_t i = 0; i < n * n; ++i) x.data()[i] = static_cast<float>(random.uniform() - 0.5);
  Matrix a = multiply_transposed(x, x);
  for (std::int64_t i = 0; i < n; ++i) a.row(i)[i] += ridge;
  return a;
}

TEST(InvertSpd, ProductWithTheMatrixIsTheIdentity) {
  for (const std::int64_t n : {1, 2, 7, 119, 239, 240, 241, 333, 490}) {
    const Matrix a = random_spd(n, 2.0f);
    Matrix p = a;
    invert_spd(p.view());
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < n; ++k) sum += double{a.row(i)[k]} * double{p.row(k)[j]};
        ASSERT_NEAR(sum, i == j ? 1 : 0, 1e-4) << n << ": " << i << "," << j;
        ASSERT_EQ(p.row(i)[j], p.row(j)[i]);
      }
    }
  }
}

TEST(InvertSpd, IndefiniteMatrixIsRefusedWithItsPivot) {
  Matrix a = random_spd(250, 1.0f);
  a.row(245)[245] = -3;
  try {
    invert_spd(a.view());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData);
    EXPECT_NE(e.message().find("pivot 245"), std::string::npos) << e.message();
  }
}

TEST(InvertSpd, EmptyMatrixIsItsOwnInverse) {
  Matrix a;
  EXPECT_NO_THROW(invert_spd(a.view()));
}

}  // namespace
}  // namespace genre
