// Products with sparse weights against plain sums in double, by every kernel set of this processor.
#include "genre/nn/sparse_matrix.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/random.h"
#include "genre/nn/sparse_kernels.h"

namespace genre::nn {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, RandomStream& random) {
  Matrix out(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (auto& v : out.row(r)) v = static_cast<float>(random.normal());
  return out;
}

void expect_products(const SparseMatrix& sparse, const Matrix& weight, std::int64_t t, RandomStream& random) {
  const std::int64_t n = weight.rows(), k = weight.cols(), stride = n + 3;
  const Matrix x = random_matrix(t, k, random), bias = random_matrix(1, n, random);
  const Matrix residual = random_matrix(t, stride, random);
  Matrix plain(t, stride), full(t, stride);
  sparse.multiply(x.data(), t, k, plain.data(), stride);
  sparse.multiply(x.data(), t, k, full.data(), stride, {bias.data(), Activation::kRelu, residual.data()});
  for (std::int64_t r = 0; r < t; ++r)
    for (std::int64_t c = 0; c < n; ++c) {
      double truth = 0, size = 1;
      for (std::int64_t i = 0; i < k; ++i) {
        const double product = double{x.row(r)[i]} * weight.row(c)[i];
        truth += product;
        size += std::abs(product);
      }
      ASSERT_NEAR(plain.row(r)[c], truth, 1e-6 * size);
      ASSERT_NEAR(full.row(r)[c], std::max(0.0, truth + bias.row(0)[c]) + residual.row(r)[c], 2e-6 * size);
    }
  for (std::int64_t r = 0; r < t; ++r) {
    for (std::int64_t c = n; c < stride; ++c) ASSERT_EQ(plain.row(r)[c], 0);
    Matrix alone(1, n);
    sparse.multiply(x.row(r).data(), 1, k, alone.data(), n);
    for (std::int64_t c = 0; c < n; ++c) ASSERT_EQ(alone.row(0)[c], plain.row(r)[c]) << "a row among others";
  }
}

}  // namespace

TEST(SparseMatrix, AgreesWithPlainSums) {
  RandomStream random(7, "sparse products");
  for (const auto& [t, k, n] :
       {std::tuple{1, 8, 4}, {1, 384, 48}, {5, 16, 8}, {9, 40, 68}, {17, 104, 132}, {33, 1024, 12}, {100, 64, 96}})
    for (const auto& set : runnable_sparse_kernels()) {
      SCOPED_TRACE(set.kernels->name);
      const Matrix weight = random_matrix(n, k, random);
      const TwoFourWeights two_four = keep_two_of_four(weight);
      expect_products(SparseMatrix::pack(two_four, set.kernels), dense(two_four), t, random);
      const BlockWeights blocks = keep_blocks(weight, 0.3);
      expect_products(SparseMatrix::pack(blocks, set.kernels), dense(blocks), t, random);
    }
}

TEST(SparseMatrix, TakesLessMemoryThanFloats) {
  const Matrix weight(64, 128);
  EXPECT_LT(SparseMatrix::pack(keep_two_of_four(weight)).bytes(), 64 * 128 * 4 * 0.78);
  EXPECT_LT(SparseMatrix::pack(keep_blocks(weight, 0.5)).bytes(), 64 * 128 * 4 * 0.6);
}

TEST(SparseMatrix, ARowOfBlocksMayBeEmpty) {
  RandomStream random(7, "empty blocks");
  Matrix weight = random_matrix(12, 8, random);
  for (std::int64_t n = 4; n < 8; ++n)
    for (auto& v : weight.row(n)) v = 0;
  const BlockWeights blocks = keep_blocks(weight, 0.5);
  expect_products(SparseMatrix::pack(blocks), dense(blocks), 3, random);
}

}  // namespace genre::nn
