#include "genre/linalg/spd_inverse.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/linalg/csr.h"
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
  for (const std::int64_t n : {1, 2, 7, 24, 25, 119, 191, 192, 193, 241, 333, 490}) {
    const Matrix a = random_spd(n, 2.0f);
    for (const auto invert : {invert_spd, invert_spd_in_double}) {
      Matrix p = a;
      invert(p.view());
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
}

// What EASE inverts: counts of pairs, popular items before rare ones, and a penalty.
TEST(InvertSpd, CountsOfPairsAgreeWithDoubleToFiveDigits) {
  RandomStream random(5, "pairs");
  std::vector<Triplet> entries;
  for (std::int32_t user = 0; user < 2000; ++user)
    for (std::int32_t item = 0; item < 400; ++item)
      if (random.uniform() < 30.0 / (60.0 + item)) entries.push_back({user, item, 1.0f});
  for (const float penalty : {1.0f, 30.0f, 300.0f}) {
    Matrix fast = gram(csr_from_triplets(2000, 400, entries));
    for (std::int64_t i = 0; i < 400; ++i) fast.row(i)[i] += penalty;
    Matrix exact = fast;
    invert_spd(fast.view());
    invert_spd_in_double(exact.view());
    for (std::int64_t i = 0; i < 400; ++i)
      for (std::int64_t j = 0; j < 400; ++j)
        ASSERT_NEAR(fast.row(i)[j], exact.row(i)[j], 1e-5 * exact.row(i)[i]) << penalty << ": " << i << "," << j;
  }
}

// All ones plus e on the diagonal has the inverse (I - J / (n + e)) / e; its condition is beyond float.
TEST(InvertSpd, AnIllConditionedMatrixIsInvertedInDouble) {
  const std::int64_t n = 300;
  const float e = 1.0f / 65536;  // exact beside 1
  Matrix a(n, n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) a.row(i)[j] = i == j ? 1 + e : 1;
  invert_spd(a.view());
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      ASSERT_NEAR(a.row(i)[j], ((i == j ? 1.0 : 0.0) - 1.0 / (n + e)) / e, 1e-3 / e) << i << "," << j;
}

TEST(InvertSpd, IndefiniteMatrixIsRefusedWithItsPivot) {
  for (const auto invert : {invert_spd, invert_spd_in_double}) {
    Matrix a = random_spd(250, 1.0f);
    a.row(245)[245] = -3;
    try {
      invert(a.view());
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_NE(e.message().find("pivot 245"), std::string::npos) << e.message();
    }
  }
}

TEST(InvertSpd, EmptyMatrixIsItsOwnInverse) {
  Matrix a;
  EXPECT_NO_THROW(invert_spd(a.view()));
}

}  // namespace
}  // namespace genre
