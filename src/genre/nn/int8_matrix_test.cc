// Products with 8-bit weights against plain sums over the same integers, by every kernel set of this processor.
#include "genre/nn/int8_matrix.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/random.h"
#include "genre/nn/int8_kernel_sets.h"

namespace genre::nn {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, double spread, RandomStream& random) {
  Matrix out(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (auto& v : out.row(r)) v = static_cast<float>(random.normal() * spread);
  return out;
}

// A row of activations as the product sees it: integers of its range with 0 in it.
std::vector<double> read_back(std::span<const float> x) {
  float low = 0, high = 0;
  for (const float v : x) low = std::min(low, v), high = std::max(high, v);
  const float range = high - low, step = range > 0 ? range / kActivationLevels : 1.0f;
  const float inverse = range > 0 ? kActivationLevels / range : 0.0f;
  const double zero = std::nearbyint(double{-low * inverse});
  std::vector<double> out;
  for (const float v : x) {
    const double q = std::nearbyint(double{v * inverse} + zero);
    out.push_back((std::clamp<double>(q, 0, kActivationLevels) - zero) * double{step});
  }
  return out;
}

struct Shape {
  std::int64_t t, k, n;
};
constexpr Shape kShapes[] = {{1, 1, 1},     {1, 384, 48},  {5, 16, 7},   {7, 33, 65},
                             {13, 100, 31}, {97, 130, 40}, {200, 64, 96}};

}  // namespace

TEST(Int8Matrix, AgreesWithPlainSumsOverTheSameIntegers) {
  RandomStream random(7, "int8");
  for (const auto& [t, k, n] : kShapes) {
    const Matrix x = random_matrix(t, k, 1, random), weight = random_matrix(n, k, 0.1, random);
    const Matrix bias = random_matrix(1, n, 1, random), residual = random_matrix(t, n, 1, random);
    for (const auto& set : runnable_int8_kernels()) {
      const Int8Matrix packed = Int8Matrix::pack(weight, set.kernels);
      const Matrix seen = packed.dequantised();
      Matrix plain(t, n), full(t, n);
      packed.multiply(x, plain.view());
      packed.multiply(x, full.view(), {bias.data(), Activation::kRelu, residual.data()});
      for (std::int64_t r = 0; r < t; ++r) {
        const std::vector<double> row = read_back(x.row(r));
        for (std::int64_t c = 0; c < n; ++c) {
          double truth = 0, size = 0;
          for (std::int64_t i = 0; i < k; ++i) {
            truth += row[i] * seen.row(c)[i];
            size += std::abs(row[i] * seen.row(c)[i]);
          }
          ASSERT_NEAR(plain.row(r)[c], truth, 1e-6 * (1 + size)) << set.kernels->name << ' ' << r << ' ' << c;
          ASSERT_NEAR(full.row(r)[c], std::max(0.0, truth + bias.row(0)[c]) + residual.row(r)[c], 2e-6 * (3 + size))
              << set.kernels->name << ' ' << r << ' ' << c;
        }
      }
    }
  }
}

TEST(Int8Matrix, EveryKernelSetGivesTheSameBits) {
  RandomStream random(7, "int8 sets");
  for (const auto& [t, k, n] : kShapes) {
    const Matrix x = random_matrix(t, k, 3, random), weight = random_matrix(n, k, 1, random),
                 residual = random_matrix(t, n, 1, random);
    Matrix wanted(t, n);
    const Epilogue epilogue{residual.data(), Activation::kGelu, residual.data()};
    Int8Matrix::pack(weight, portable_int8_kernels()).multiply(x, wanted.view(), epilogue);
    for (const auto& set : runnable_int8_kernels()) {
      Matrix found(t, n);
      Int8Matrix::pack(weight, set.kernels).multiply(x, found.view(), epilogue);
      for (std::int64_t r = 0; r < t; ++r)
        for (std::int64_t c = 0; c < n; ++c)
          ASSERT_EQ(found.row(r)[c], wanted.row(r)[c]) << set.kernels->name << ' ' << r << ' ' << c;
    }
  }
}

TEST(Int8Matrix, ARowsBitsDoNotDependOnOtherRows) {
  RandomStream random(7, "int8 rows");
  const Matrix x = random_matrix(230, 48, 1, random), weight = random_matrix(70, 48, 1, random);
  const Int8Matrix packed = Int8Matrix::pack(weight);
  Matrix all(230, 70), one(1, 70);
  packed.multiply(x, all.view());
  for (std::int64_t r = 0; r < 230; ++r) {
    packed.multiply({x.row(r).data(), 1, 48}, one.view());
    for (std::int64_t c = 0; c < 70; ++c) ASSERT_EQ(one.row(0)[c], all.row(r)[c]) << r << ' ' << c;
  }
}

// The largest activations beside the largest weights of one sign: the sums that 16 bits must hold.
TEST(Int8Matrix, NoSumOverflows) {
  for (const float sign : {1.0f, -1.0f})
    for (const std::int64_t k : {4, 16, 64}) {
      Matrix x(2, k), weight(3, k);
      for (std::int64_t i = 0; i < k; ++i) x.row(0)[i] = 1, x.row(1)[i] = i == 0 ? -1e-3f : 1.0f;
      for (std::int64_t c = 0; c < 3; ++c)
        for (std::int64_t i = 0; i < k; ++i) weight.row(c)[i] = sign * (c == 0 || i % 4 < 2 ? 1.0f : 0.9f);
      for (const auto& set : runnable_int8_kernels()) {
        const Int8Matrix packed = Int8Matrix::pack(weight, set.kernels);
        Matrix y(2, 3);
        packed.multiply(x, y.view());
        for (std::int64_t c = 0; c < 3; ++c) {
          double sum = 0;
          for (std::int64_t i = 0; i < k; ++i) sum += weight.row(c)[i];
          EXPECT_NEAR(y.row(0)[c], sum, 0.02 * std::abs(sum)) << set.kernels->name;
        }
      }
    }
}

TEST(Int8Matrix, WeightsKeepMoreThanSixBits) {
  RandomStream random(7, "int8 weights");
  const Matrix weight = random_matrix(33, 400, 1, random), seen = Int8Matrix::pack(weight).dequantised();
  for (std::int64_t n = 0; n < 33; ++n) {
    float largest = 0;
    for (const float w : weight.row(n)) largest = std::max(largest, std::abs(w));
    for (std::int64_t k = 0; k < 400; ++k) EXPECT_NEAR(seen.row(n)[k], weight.row(n)[k], largest / 90);
  }
}

TEST(Int8Matrix, RowsOfZerosGiveTheBias) {
  const Matrix x(3, 20), weight(5, 20);
  const std::vector<float> bias = {1, 2, 3, 4, 5};
  Matrix y(3, 5);
  Int8Matrix::pack(weight).multiply(x, y.view(), {bias.data()});
  for (std::int64_t r = 0; r < 3; ++r) EXPECT_TRUE(std::ranges::equal(y.row(r), bias));
}

TEST(Int8Matrix, RoundsRowsAsTheProductReadsThem) {
  RandomStream random(7, "rows");
  for (const auto& [t, k, n] : kShapes) {
    Matrix x = random_matrix(t, k, 1, random);
    std::vector<std::vector<double>> wanted;
    for (std::int64_t r = 0; r < t; ++r) wanted.push_back(read_back(x.row(r)));
    Int8Matrix::round_rows(x, x.view());
    for (std::int64_t r = 0; r < t; ++r)
      for (std::int64_t c = 0; c < k; ++c) EXPECT_NEAR(x.row(r)[c], wanted[r][c], 1e-6) << t << " x " << k;
  }
}

}  // namespace genre::nn
