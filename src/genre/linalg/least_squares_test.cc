#include "genre/linalg/least_squares.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/linalg/kernels.h"

namespace genre {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  RandomStream random(seed, "least squares");
  Matrix out(rows, cols);
  for (std::int64_t i = 0; i < rows * cols; ++i) out.data()[i] = static_cast<float>(random.uniform() * 2 - 1);
  return out;
}

TEST(LeastSquares, TheNormalProductEqualsThePlainSums) {
  for (const std::int64_t width : {1, 7, 16, 64, 75}) {
    for (const std::int64_t count : {0, 1, 5, 8, 29}) {
      const Matrix b = random_matrix(40, width, width), x = random_matrix(1, width, 3);
      const Matrix weights = random_matrix(2, std::max<std::int64_t>(count, 1), 4);
      RandomStream random(5, "rows");
      std::vector<std::int32_t> rows(count);
      for (auto& row : rows) row = static_cast<std::int32_t>(random.below(40));
      const auto constant = weights.row(0).first(count), factor = weights.row(1).first(count);
      std::vector<double> wanted(width, 0.5);
      for (std::int64_t r = 0; r < count; ++r) {
        double product = 0;
        for (std::int64_t j = 0; j < width; ++j) product += static_cast<double>(b.row(rows[r])[j]) * x.row(0)[j];
        for (std::int64_t j = 0; j < width; ++j) wanted[j] += (constant[r] + factor[r] * product) * b.row(rows[r])[j];
      }
      for (const auto* set : {linalg::portable_kernels(), &linalg::kernels()}) {
        std::vector<float> out(width, 0.5f);
        set->add_normal_product(b.data(), width, rows.data(), constant.data(), factor.data(), count, x.data(),
                                out.data(), width);
        for (std::int64_t j = 0; j < width; ++j) EXPECT_NEAR(out[j], wanted[j], 1e-4) << set->name << " " << width;
      }
    }
  }
}

TEST(LeastSquares, WeightedGramAndSolutionEqualEliminationInDouble) {
  for (const std::int64_t width : {1, 3, 16, 33, 64}) {
    const Matrix b = random_matrix(300, width, width), rhs = random_matrix(1, width, 9);
    std::vector<std::int32_t> rows(200);
    std::vector<float> weights(200), a(width * width, 0.0f), scratch;
    for (int r = 0; r < 200; ++r) {
      rows[r] = (r * 7) % 300;
      weights[r] = 0.1f + static_cast<float>(r % 5);
    }
    for (std::int64_t j = 0; j < width; ++j) a[j * width + j] = 2;
    add_weighted_gram(b, rows, weights, a, scratch);
    std::vector<double> full(width * width, 0.0);
    for (std::int64_t i = 0; i < width; ++i) {
      for (std::int64_t j = 0; j < width; ++j) {
        full[i * width + j] = i == j ? 2 : 0;
        for (int r = 0; r < 200; ++r)
          full[i * width + j] += static_cast<double>(weights[r]) * b.row(rows[r])[i] * b.row(rows[r])[j];
        if (j >= i) {
          EXPECT_NEAR(a[i * width + j], full[i * width + j], 1e-3);
        }
      }
    }
    std::vector<float> x(rhs.row(0).begin(), rhs.row(0).end());
    solve_spd(a, x);
    for (std::int64_t i = 0; i < width; ++i) {  // the residual is zero
      double sum = -rhs.row(0)[i];
      for (std::int64_t j = 0; j < width; ++j) sum += full[i * width + j] * x[j];
      EXPECT_NEAR(sum, 0, 2e-5 * static_cast<double>(width + 10));
    }
  }
}

TEST(LeastSquares, AnIndefiniteSystemIsRefused) {
  std::vector<float> a = {1, 2, 2, 1}, b = {1, 1};
  EXPECT_THROW(solve_spd(a, b), Error);
}

}  // namespace
}  // namespace genre
