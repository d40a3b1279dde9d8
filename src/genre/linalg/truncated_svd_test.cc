#include "genre/linalg/truncated_svd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/random.h"
#include "genre/linalg/symmetric_eigen.h"

namespace genre {
namespace {

CsrMatrix random_sparse(std::int64_t rows, std::int64_t cols, double density, std::uint64_t seed) {
  RandomStream random(seed, "svd test");
  std::vector<Triplet> entries;
  for (std::int32_t r = 0; r < rows; ++r)
    for (std::int32_t c = 0; c < cols; ++c)
      if (random.uniform() < density) entries.push_back({r, c, static_cast<float>(0.5 + random.uniform())});
  return csr_from_triplets(rows, cols, std::move(entries));
}

// X^T X in double, all of its eigenvectors.
SymmetricEigen dense_truth(const CsrMatrix& x) {
  std::vector<double> gram(x.cols * x.cols, 0.0);
  for (std::int64_t r = 0; r < x.rows; ++r)
    for (std::size_t i = 0; i < x.row_indices(r).size(); ++i)
      for (std::size_t j = 0; j < x.row_indices(r).size(); ++j)
        gram[x.row_indices(r)[i] * x.cols + x.row_indices(r)[j]] +=
            static_cast<double>(x.row_values(r)[i]) * x.row_values(r)[j];
  return symmetric_eigen(gram, x.cols);
}

TEST(TruncatedSvd, EqualsTheFullDecompositionOfTheGramMatrix) {
  const CsrMatrix x = random_sparse(150, 60, 0.15, 3);
  const SymmetricEigen truth = dense_truth(x);
  const TruncatedSvd svd = truncated_svd(x, {.rank = 6, .tolerance = 1e-9});
  for (int k = 0; k < 6; ++k) EXPECT_NEAR(svd.squares[k], truth.values[k], 1e-4 * truth.values[k]);
  // The projections on the subspace agree; single vectors have a sign of their own.
  for (std::int64_t i = 0; i < 60; ++i) {
    for (std::int64_t j = 0; j < 60; ++j) {
      double wanted = 0, found = 0;
      for (int k = 0; k < 6; ++k) {
        wanted += truth.vectors[k * 60 + i] * truth.vectors[k * 60 + j];
        found += static_cast<double>(svd.right.row(i)[k]) * svd.right.row(j)[k];
      }
      EXPECT_NEAR(found, wanted, 2e-3);
    }
  }
}

TEST(TruncatedSvd, BeyondTheRankOfTheMatrixThereAreZeros) {
  const CsrMatrix x = csr_from_triplets(5, 4, {{0, 0, 1}, {0, 1, 1}, {1, 0, 2}, {1, 1, 2}, {4, 3, 1}});  // rank 2
  const TruncatedSvd svd = truncated_svd(x, {.rank = 8});
  EXPECT_NEAR(svd.squares[0], 10, 1e-4);
  EXPECT_NEAR(svd.squares[1], 1, 1e-4);
  for (int k = 2; k < 8; ++k) {
    EXPECT_EQ(svd.squares[k], 0);
    for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ(svd.right.row(i)[k], 0);
  }
}

}  // namespace
}  // namespace genre
