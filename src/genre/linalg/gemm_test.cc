#include "genre/linalg/gemm.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "genre/base/random.h"
#include "genre/linalg/kernels.h"
#include "genre/linalg/tile_rows.h"

namespace genre {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  RandomStream random(seed, "gemm_test");
  Matrix out(rows, cols);
  for (std::int64_t i = 0; i < rows * cols; ++i) out.data()[i] = static_cast<float>(random.uniform() * 2 - 1);
  return out;
}

double reference(ConstMatrixView a, ConstMatrixView b, std::int64_t i, std::int64_t j) {  // a b
  double sum = 0;
  for (std::int64_t k = 0; k < a.cols(); ++k) sum += double{a.row(i)[k]} * double{b.row(k)[j]};
  return sum;
}

double gelu(double x) { return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }

TEST(Gemm, EqualsTheDoubleReferenceForOddShapes) {
  RandomStream random(1, "shapes");
  for (int round = 0; round < 60; ++round) {
    const auto m = static_cast<std::int64_t>(1 + random.below(round % 5 == 0 ? 300 : 20));
    const auto n = static_cast<std::int64_t>(1 + random.below(70)), k = static_cast<std::int64_t>(1 + random.below(90));
    const Matrix a = random_matrix(m, k, round), b = random_matrix(k, n, round + 1000);
    Matrix c(m, n), serial(m, n);
    const PackedMatrix packed = PackedMatrix::pack(b, /*transposed=*/false);
    multiply(a.data(), m, k, packed, c.data(), n);
    multiply_serial(a.data(), m, k, packed, serial.data(), n);
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        ASSERT_NEAR(c.row(i)[j], reference(a, b, i, j), 1e-4) << m << " " << n << " " << k;
        ASSERT_EQ(c.row(i)[j], serial.row(i)[j]);
      }
    }
  }
}

TEST(Gemm, ATransposedLeftOperandGivesTheSameProduct) {
  for (const auto& [m, n, k] : {std::array{1, 1, 1}, {7, 33, 5}, {300, 64, 96}, {50, 17, 40}}) {
    const Matrix a = random_matrix(k, m, 3), b = random_matrix(k, n, 4);
    Matrix plain(m, k), wanted(m, n), found(m, n);
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < k; ++j) plain.row(i)[j] = a.row(j)[i];
    const PackedMatrix packed = PackedMatrix::pack(b, /*transposed=*/false);
    multiply_serial(plain.data(), m, k, packed, wanted.data(), n);
    multiply_serial_transposed(a.data(), m, m, packed, found.data(), n);
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < n; ++j) EXPECT_EQ(found.row(i)[j], wanted.row(i)[j]) << m << " " << n << " " << k;
    multiply_serial_transposed(a.data(), m, m, packed, found.data(), n, {.residual = found.data()});
    EXPECT_NEAR(found.row(0)[0], 2 * wanted.row(0)[0], 1e-5);
  }
}

TEST(Gemm, MemoryThatHeldALargerOperandHoldsASmallerOne) {
  const Matrix large = random_matrix(40, 70, 1), small = random_matrix(9, 5, 2), a = random_matrix(3, 9, 3);
  PackedMatrix packed = PackedMatrix::pack(large, /*transposed=*/true);
  packed.repack(small, /*transposed=*/false);
  Matrix found(3, 5), wanted(3, 5);
  multiply_serial(a.data(), 3, 9, packed, found.data(), 5);
  multiply_serial(a.data(), 3, 9, PackedMatrix::pack(small, /*transposed=*/false), wanted.data(), 5);
  for (int i = 0; i < 15; ++i) EXPECT_EQ(found.data()[i], wanted.data()[i]);
}

TEST(Gemm, EveryThreadGetsAsManyStepsOfPanels) {
  EXPECT_EQ(linalg::even_step(12, 8, 2), 6);
  EXPECT_EQ(linalg::even_step(36, 8, 2), 6);
  EXPECT_EQ(linalg::even_step(48, 8, 2), 8);
  EXPECT_EQ(linalg::even_step(3, 8, 4), 1);
  EXPECT_EQ(linalg::even_step(0, 8, 4), 1);
}

TEST(Gemm, EpilogueAddsBiasAppliesGeluAndAddsTheResidualInPlace) {
  const std::int64_t m = 13, n = 37, k = 21;
  const Matrix a = random_matrix(m, k, 1), b = random_matrix(k, n, 2), bias = random_matrix(1, n, 3);
  Matrix c = random_matrix(m, n, 4);
  const Matrix before = c;
  multiply(a.data(), m, k, PackedMatrix::pack(b, false), c.data(), n, {bias.data(), Activation::kGelu, c.data()});
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      ASSERT_NEAR(c.row(i)[j], gelu(reference(a, b, i, j) + bias.row(0)[j]) + before.row(i)[j], 1e-5);
}

TEST(Gemm, ActivationsAreAccurateOverTheWholeRange) {
  Matrix identity(1, 1);
  identity.data()[0] = 1;
  const PackedMatrix packed = PackedMatrix::pack(identity, false);
  const std::pair<Activation, double (*)(double)> truths[] = {
      {Activation::kNone, [](double x) { return x; }},
      {Activation::kGelu, gelu},
      {Activation::kGeluTanh,
       [](double x) { return x * 0.5 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }},
      {Activation::kRelu, [](double x) { return std::max(x, 0.0); }},
      {Activation::kSilu, [](double x) { return x / (1 + std::exp(-x)); }},
      {Activation::kTanh, [](double x) { return std::tanh(x); }}};
  for (const auto& [activation, truth] : truths) {
    for (double x = -100; x <= 100; x += std::abs(x) < 12 ? 0.01 : 1) {
      float in = static_cast<float>(x), out = 0;
      multiply_serial(&in, 1, 1, packed, &out, 1, {nullptr, activation, nullptr});
      ASSERT_NEAR(out, truth(in), 1e-6 * std::max(1.0, std::abs(x))) << static_cast<int>(activation) << " " << x;
    }
  }
}

TEST(Gemm, TransposedWeightsGiveTheSameProduct) {
  const Matrix a = random_matrix(9, 33, 1), b = random_matrix(17, 33, 2);
  const Matrix c = multiply_transposed(a, b);
  for (int i = 0; i < 9; ++i)
    for (int j = 0; j < 17; ++j) ASSERT_NEAR(c.row(i)[j], dot(a.row(i).data(), b.row(j).data(), 33), 1e-5);
}

TEST(Gemm, SumRowsEqualsTheSumOfScaledRows) {
  for (const std::int64_t columns : {32, 211}) {
    const Matrix b = random_matrix(50, columns, 1);
    const std::vector<std::int32_t> rows = {3, 49, 0, 17};
    const std::vector<float> weights = {1, -2, 0.5f, 3};
    std::vector<float> out(columns), expected(columns), plain(columns), expected_plain(columns);
    sum_rows(b, rows, weights, out);
    sum_rows(b, rows, {}, plain);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      add_scaled(weights[r], b.row(rows[r]).data(), expected.data(), columns);
      add_scaled(1, b.row(rows[r]).data(), expected_plain.data(), columns);
    }
    for (int j = 0; j < columns; ++j) {
      ASSERT_NEAR(out[j], expected[j], 1e-5);
      ASSERT_NEAR(plain[j], expected_plain[j], 1e-5);
    }
    sum_rows(b, {}, {}, out);
    for (const float value : out) ASSERT_EQ(value, 0);
  }
}

TEST(Gemm, ManySumsOfRowsAreThoseOfOneAtATime) {
  for (const std::int64_t columns : {5, 32, 211}) {
    const Matrix b = random_matrix(50, columns, 1);
    RandomStream random(2, "sums of rows");
    std::vector<std::vector<std::int32_t>> rows(40);
    std::vector<std::vector<float>> weights(40);
    for (int q = 0; q < 40; ++q) {
      for (std::uint64_t n = random.below(30); n > 0; --n) {
        rows[q].push_back(static_cast<std::int32_t>(random.below(50)));
        if (q % 2 == 0) weights[q].push_back(static_cast<float>(random.normal()));
      }
    }
    for (const std::size_t count : {0, 1, 4, 40}) {
      std::vector<WeightedRows> sums;
      for (std::size_t q = 0; q < count; ++q) sums.push_back({rows[q], weights[q]});
      Matrix out(static_cast<std::int64_t>(count), columns);
      sum_rows(b, sums, out.view());
      for (std::size_t q = 0; q < count; ++q) {
        std::vector<float> alone(columns);
        sum_rows(b, rows[q], weights[q], alone);
        const auto found = out.row(static_cast<std::int64_t>(q));
        ASSERT_EQ(std::vector<float>(found.begin(), found.end()), alone) << columns << " columns, " << count;
      }
    }
  }
}

TEST(Kernels, EverySetOfThisMachineAgreesWithThePortableOne) {
  const Matrix a = random_matrix(12, 100, 1);
  std::vector<const linalg::Kernels*> sets = {linalg::portable_kernels(), &linalg::kernels()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && linalg::avx2_kernels() != nullptr) sets.push_back(linalg::avx2_kernels());
#endif
  for (const auto* set : sets) {
    const Matrix panel = random_matrix(100, set->float_nr, 2);
    for (int rows = 1; rows <= set->float_mr; ++rows) {
      Matrix c(rows, set->float_nr);
      set->float_tile(a.data(), 100, 1, rows, 100, panel.data(), c.data(), set->float_nr, set->float_nr,
                      {nullptr, Activation::kNone, nullptr});
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < set->float_nr; ++j) ASSERT_NEAR(c.row(i)[j], reference(a, panel, i, j), 1e-4) << set->name;
    }
    std::vector<float> maxima(64), expected(64);
    const std::int64_t n = a.rows() * a.cols() - 7;
    set->strided_maxima(a.data(), n, maxima.data(), 64);
    linalg::portable_kernels()->strided_maxima(a.data(), n, expected.data(), 64);
    ASSERT_EQ(maxima, expected) << set->name;
    for (const float threshold : {-2.0f, 0.9f, 0.999f, 2.0f})
      ASSERT_EQ(set->next_block_above(a.data(), n, 3, threshold),
                linalg::portable_kernels()->next_block_above(a.data(), n, 3, threshold))
          << set->name;
    ASSERT_NEAR(set->dot(a.data(), a.data() + 100, 99), linalg::portable_kernels()->dot(a.data(), a.data() + 100, 99),
                1e-4);
  }
}

}  // namespace
}  // namespace genre
