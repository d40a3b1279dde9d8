#include "genre/linalg/pair_counts.h"

#include <gtest/gtest.h>

#include "genre/base/random.h"

namespace genre {
namespace {

// Row r holds column c with a probability that falls with c.
CsrMatrix random_matrix(std::int64_t rows, std::int64_t cols, double density, std::uint64_t seed) {
  RandomStream random(seed, "pair_counts_test");
  std::vector<Triplet> entries;
  for (std::int32_t r = 0; r < rows; ++r)
    for (std::int32_t c = 0; c < cols; ++c)
      if (random.uniform() < density * 20 / (20.0 + (c * 7) % cols)) entries.push_back({r, c, 1.0f});
  return csr_from_triplets(rows, cols, entries);
}

TEST(PairCounts, EqualTheCountsOfEveryPairOneByOne) {
  for (const double density : {0.02, 0.3, 0.9}) {
    for (const std::int64_t cols : {1, 16, 70, 300, 1100}) {
      const CsrMatrix x = random_matrix(130, cols, density, static_cast<std::uint64_t>(cols));
      std::vector<std::vector<int>> wanted(cols, std::vector<int>(cols, 0));
      for (std::int64_t r = 0; r < x.rows; ++r)
        for (const std::int32_t a : x.row_indices(r))
          for (const std::int32_t b : x.row_indices(r)) ++wanted[a][b];
      const PairCounts pairs(x);
      for (std::int32_t a = 0; a < cols; ++a) {
        std::vector<float> counts(cols, -1.0f);
        pairs.row(a, counts);
        for (std::int64_t b = 0; b < cols; ++b) ASSERT_EQ(counts[b], wanted[a][b]) << cols << ": " << a << "," << b;
      }
    }
  }
}

TEST(PairCounts, MatricesWithoutRowsOrEntriesCountNothing) {
  for (const CsrMatrix& x : {csr_from_triplets(0, 3, {}), csr_from_triplets(5, 3, {})}) {
    const PairCounts pairs(x);
    std::vector<float> counts(3, 7.0f);
    pairs.row(1, counts);
    EXPECT_EQ(counts, (std::vector<float>{0, 0, 0}));
  }
}

}  // namespace
}  // namespace genre
