#include "genre/rec/whitening.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/random.h"

namespace genre {
namespace {

// Rows in `directions` directions of very different spread, around a common point.
Matrix cone(std::int64_t rows, std::int64_t width, std::int64_t directions) {
  RandomStream random(11, "cone");
  Matrix basis(directions, width), out(rows, width);
  for (std::int64_t d = 0; d < directions; ++d)
    for (float& x : basis.row(d)) x = static_cast<float>(random.normal() / static_cast<double>(1 + d));
  for (std::int64_t i = 0; i < rows; ++i) {
    for (float& x : out.row(i)) x = 3;
    for (std::int64_t d = 0; d < directions; ++d) {
      const auto share = static_cast<float>(random.normal());
      for (std::int64_t c = 0; c < width; ++c) out.row(i)[c] += share * basis.row(d)[c];
    }
  }
  return out;
}

TEST(Whitening, LeavesIndependentNumbersOfOneSpread) {
  const Matrix vectors = cone(500, 12, 6);
  const Whitening whitening = whiten(vectors, 6);
  ASSERT_EQ(whitening.map.rows(), 6);
  const Matrix z = whitening(vectors);
  for (int a = 0; a < 6; ++a) {
    double mean = 0;
    for (int i = 0; i < 500; ++i) mean += z.row(i)[a];
    EXPECT_NEAR(mean / 500, 0, 1e-4);
    for (int b = 0; b <= a; ++b) {
      double product = 0;
      for (int i = 0; i < 500; ++i) product += double{z.row(i)[a]} * z.row(i)[b];
      EXPECT_NEAR(product / 500 * 6, a == b ? 1 : 0, 1e-3) << a << ' ' << b;
    }
  }
}

TEST(Whitening, KeepsTheDirectionsOfTheLargestSpread) {
  const Matrix vectors = cone(500, 12, 6);
  const Matrix all = whiten(vectors, 6)(vectors), two = whiten(vectors, 2)(vectors);
  ASSERT_EQ(two.cols(), 2);
  for (int i = 0; i < 500; ++i)
    for (int p = 0; p < 2; ++p) EXPECT_NEAR(two.row(i)[p], all.row(i)[p] * std::sqrt(3.0f), 1e-4);
}

TEST(Whitening, HasNoMoreComponentsThanTheVectorsSpan) {
  EXPECT_EQ(whiten(cone(500, 12, 3), 10).map.rows(), 3);
  EXPECT_EQ(whiten(Matrix(4, 3), 3).map.rows(), 0);  // no text at all
  Matrix same(4, 3);
  for (int i = 0; i < 4; ++i) same.row(i)[0] = 1;
  EXPECT_EQ(whiten(same, 3).map.rows(), 0);
}

TEST(Whitening, ItemsWithoutTextStayZeroAndCountForNothing) {
  const Matrix vectors = cone(100, 6, 4);
  Matrix more(103, 6);
  std::copy_n(vectors.data(), 600, more.data());
  const Whitening one = whiten(vectors, 4), other = whiten(more, 4);
  EXPECT_EQ(one.mean, other.mean);
  const Matrix z = other(more);
  for (int i = 100; i < 103; ++i)
    for (const float x : z.row(i)) EXPECT_EQ(x, 0);
}

}  // namespace
}  // namespace genre
