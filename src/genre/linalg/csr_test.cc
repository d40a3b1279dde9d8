#include "genre/linalg/csr.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "genre/base/random.h"

namespace genre {
namespace {

CsrMatrix random_matrix(std::int64_t rows, std::int64_t cols, int per_row, std::uint64_t seed) {
  RandomStream random(seed, "csr_test");
  std::vector<Triplet> entries;
  for (std::int64_t r = 0; r < rows; ++r)
    for (int i = 0; i < per_row; ++i)
      entries.push_back({static_cast<std::int32_t>(r), static_cast<std::int32_t>(random.below(cols)),
                         static_cast<float>(random.uniform())});
  return csr_from_triplets(rows, cols, entries);
}

std::vector<double> dense(const CsrMatrix& x) {
  std::vector<double> out(x.rows * x.cols);
  for (std::int64_t r = 0; r < x.rows; ++r)
    for (std::int64_t i = x.offsets[r]; i < x.offsets[r + 1]; ++i) out[r * x.cols + x.indices[i]] = x.values[i];
  return out;
}

TEST(Csr, TripletsAreSortedAndDuplicatesAddUp) {
  const CsrMatrix x = csr_from_triplets(3, 4, {{2, 1, 1}, {0, 3, 2}, {2, 1, 3}, {0, 0, 5}});
  EXPECT_EQ(x.offsets, (std::vector<std::int64_t>{0, 2, 2, 3}));
  EXPECT_EQ(x.indices, (std::vector<std::int32_t>{0, 3, 1}));
  EXPECT_EQ(x.values, (std::vector<float>{5, 2, 4}));
}

TEST(Csr, EmptyMatrixHasNoEntries) {
  const CsrMatrix x = csr_from_triplets(2, 0, {});
  EXPECT_EQ(x.nonzeros(), 0);
  EXPECT_EQ(transpose(x).rows, 0);
}

TEST(Csr, TransposeGramAndProductEqualTheDenseOnes) {
  const CsrMatrix x = random_matrix(40, 23, 7, 1);
  const auto d = dense(x);
  const auto t = dense(transpose(x));
  for (int r = 0; r < 40; ++r)
    for (int c = 0; c < 23; ++c) ASSERT_EQ(d[r * 23 + c], t[c * 40 + r]);
  const Matrix g = gram(x);
  for (int a = 0; a < 23; ++a) {
    for (int b = 0; b < 23; ++b) {
      double sum = 0;
      for (int r = 0; r < 40; ++r) sum += d[r * 23 + a] * d[r * 23 + b];
      ASSERT_NEAR(g.row(a)[b], sum, 1e-4);
    }
  }
  Matrix y(5, 23);
  multiply(x, 10, 15, g, y.view());
  for (int r = 0; r < 5; ++r) {
    for (int c = 0; c < 23; ++c) {
      double sum = 0;
      for (int i = 0; i < 23; ++i) sum += d[(r + 10) * 23 + i] * g.row(i)[c];
      ASSERT_NEAR(y.row(r)[c], sum, 1e-3);
    }
  }
}

TEST(Csr, GramOfOnesCountsPairsExactly) {
  CsrMatrix x = random_matrix(300, 150, 20, 4);
  std::fill(x.values.begin(), x.values.end(), 1.0f);
  const auto d = dense(x);
  const Matrix g = gram(x);
  for (int a = 0; a < 150; ++a) {
    for (int b = 0; b < 150; ++b) {
      double sum = 0;
      for (int r = 0; r < 300; ++r) sum += d[r * 150 + a] * d[r * 150 + b];
      ASSERT_EQ(g.row(a)[b], sum);
    }
  }
}

}  // namespace
}  // namespace genre
