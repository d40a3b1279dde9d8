// Products with bf16 weights against plain sums in double, by every kernel set of this processor.
#include "genre/nn/bf16_matrix.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "genre/base/random.h"
#include "genre/nn/bf16_kernel_sets.h"

namespace genre::nn {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, RandomStream& random) {
  Matrix out(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (auto& v : out.row(r)) v = static_cast<float>(random.normal());
  return out;
}

// The nearest number of which the lower 16 bits are 0; of two the one that is even.
float rounded(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x), low = bits & 0xFFFF, high = bits & 0xFFFF0000;
  const bool up = low > 0x8000 || (low == 0x8000 && (high >> 16 & 1) != 0);
  return std::bit_cast<float>(up ? high + 0x10000 : high);
}

}  // namespace

TEST(Bf16Matrix, AgreesWithPlainSumsOverTheSameNumbers) {
  RandomStream random(7, "bf16");
  for (const auto& [t, k, n] :
       {std::tuple{1, 1, 1}, {1, 384, 48}, {5, 16, 7}, {7, 33, 65}, {13, 101, 31}, {200, 64, 96}}) {
    const Matrix x = random_matrix(t, k, random), weight = random_matrix(n, k, random);
    const Matrix bias = random_matrix(1, n, random), residual = random_matrix(t, n, random);
    for (const auto& set : runnable_bf16_kernels()) {
      const Bf16Matrix packed = Bf16Matrix::pack(weight, set.kernels);
      Matrix plain(t, n), full(t, n);
      packed.multiply(x, plain.view());
      packed.multiply(x, full.view(), {bias.data(), Activation::kRelu, residual.data()});
      for (std::int64_t r = 0; r < t; ++r)
        for (std::int64_t c = 0; c < n; ++c) {
          double truth = 0, size = 0;
          for (std::int64_t i = 0; i < k; ++i) {
            const float a = set.kernels->round == nullptr ? x.row(r)[i] : rounded(x.row(r)[i]);
            const double product = double{a} * rounded(weight.row(c)[i]);
            truth += product;
            size += std::abs(product);
          }
          ASSERT_NEAR(plain.row(r)[c], truth, 1e-6 * (1 + size)) << set.kernels->name << ' ' << r << ' ' << c;
          ASSERT_NEAR(full.row(r)[c], std::max(0.0, truth + bias.row(0)[c]) + residual.row(r)[c], 2e-6 * (3 + size))
              << set.kernels->name << ' ' << r << ' ' << c;
        }
    }
  }
}

TEST(Bf16Matrix, ARowsBitsDoNotDependOnOtherRows) {
  RandomStream random(7, "bf16 rows");
  const Matrix x = random_matrix(230, 48, random), weight = random_matrix(70, 48, random);
  for (const auto& set : runnable_bf16_kernels()) {
    const Bf16Matrix packed = Bf16Matrix::pack(weight, set.kernels);
    Matrix all(230, 70), one(1, 70);
    packed.multiply(x, all.view());
    for (std::int64_t r = 0; r < 230; ++r) {
      packed.multiply({x.row(r).data(), 1, 48}, one.view());
      for (std::int64_t c = 0; c < 70; ++c) ASSERT_EQ(one.row(0)[c], all.row(r)[c]) << set.kernels->name << ' ' << r;
    }
  }
}

TEST(Bf16Matrix, WeightsTakeHalfTheMemory) {
  EXPECT_EQ(Bf16Matrix::pack(Matrix(96, 384), portable_bf16_kernels()).bytes(), 96U * 384 * 2);
}

}  // namespace genre::nn
