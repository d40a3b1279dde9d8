#include "genre/linalg/dense_gram.h"

#include <gtest/gtest.h>

#include "genre/base/random.h"

namespace genre {
namespace {

TEST(DenseGram, EqualsTheSumsInDouble) {
  for (const auto& [rows, width] : std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {3, 70}, {700, 33}}) {
    RandomStream random(rows, "gram");
    Matrix b(rows, width);
    for (float* x = b.data(); x != b.data() + rows * width; ++x) *x = static_cast<float>(random.normal());
    const auto gram = dense_gram(b);
    for (std::int64_t i = 0; i < width; ++i) {
      for (std::int64_t j = 0; j < width; ++j) {
        double wanted = 0;
        for (std::int64_t r = 0; r < rows; ++r) wanted += static_cast<double>(b.row(r)[i]) * b.row(r)[j];
        EXPECT_NEAR(gram[i * width + j], wanted, 2e-5 * static_cast<double>(rows));
      }
    }
  }
}

TEST(DenseGram, NoRowsGiveZeros) { EXPECT_EQ(dense_gram(Matrix(0, 3)), std::vector<double>(9, 0.0)); }

}  // namespace
}  // namespace genre
