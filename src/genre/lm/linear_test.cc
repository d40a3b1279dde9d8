// Products of an encoder against plain sums in double.
#include "genre/lm/linear.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, double spread, RandomStream& random) {
  Matrix out(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (auto& v : out.row(r)) v = static_cast<float>(random.normal() * spread);
  return out;
}

double gelu(double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }

}  // namespace

TEST(Linear, AgreesWithDoublesInEveryPrecision) {
  RandomStream random(7, "linear");
  // Of the norm of x times that of a row of W: a rounding of floats, of bf16, and of 255 and 127 steps of a range.
  const std::pair<EncoderPrecision, double> precisions[] = {
      {EncoderPrecision::kFp32, 1e-6}, {EncoderPrecision::kBf16, 4e-3}, {EncoderPrecision::kInt8, 3e-2}};
  for (const auto& [precision, tolerance] : precisions)
    for (const auto& [t, k, n] : {std::tuple{1, 16, 48}, {7, 96, 33}, {100, 384, 50}}) {
      const Matrix x = random_matrix(t, k, 1, random), weight = random_matrix(n, k, 1 / std::sqrt(k), random);
      const Matrix bias = random_matrix(1, n, 1, random), residual = random_matrix(t, n, 1, random);
      for (const bool full : {false, true}) {
        const Linear linear(
            weight, full ? std::vector<float>(bias.values().begin(), bias.values().end()) : std::vector<float>{},
            precision);
        EXPECT_EQ(linear.inputs(), k);
        EXPECT_EQ(linear.outputs(), n);
        Matrix y(t, n);
        linear.apply(x, y.view(), full ? Activation::kGelu : Activation::kNone, full ? residual.data() : nullptr);
        for (std::int64_t r = 0; r < t; ++r)
          for (std::int64_t c = 0; c < n; ++c) {
            double truth = 0, xx = 0, ww = 0;
            for (std::int64_t i = 0; i < k; ++i) {
              truth += double{x.row(r)[i]} * weight.row(c)[i];
              xx += double{x.row(r)[i]} * x.row(r)[i];
              ww += double{weight.row(c)[i]} * weight.row(c)[i];
            }
            if (full) truth = gelu(truth + bias.row(0)[c]) + residual.row(r)[c];
            ASSERT_NEAR(y.row(r)[c], truth, tolerance * (1 + std::sqrt(xx * ww))) << r << ' ' << c;
          }
      }
    }
}

TEST(Linear, LessPrecisionTakesLessMemory) {
  const Matrix weight(192, 384);
  const auto bytes = [&](EncoderPrecision precision) { return Linear(weight, {}, precision).bytes(); };
  EXPECT_EQ(bytes(EncoderPrecision::kBf16) * 2, bytes(EncoderPrecision::kFp32));
  EXPECT_LT(bytes(EncoderPrecision::kInt8) * 3.8, bytes(EncoderPrecision::kFp32));
}

TEST(Linear, PrecisionsHaveNames) {
  EXPECT_EQ(encoder_precision("bf16"), EncoderPrecision::kBf16);
  EXPECT_THROW(encoder_precision("int4"), Error);
}

TEST(Linear, TheResidualMayBeTheResult) {
  RandomStream random(7, "linear residual");
  const Matrix x = random_matrix(5, 32, 1, random), weight = random_matrix(32, 32, 1, random);
  const Linear linear(weight, {}, EncoderPrecision::kFp32);
  Matrix y = random_matrix(5, 32, 1, random), apart(5, 32);
  linear.apply(x, apart.view(), Activation::kNone, y.data());
  linear.apply(x, y.view(), Activation::kNone, y.data());
  for (std::int64_t r = 0; r < 5; ++r)
    for (std::int64_t c = 0; c < 32; ++c) EXPECT_EQ(y.row(r)[c], apart.row(r)[c]);
}

}  // namespace genre
