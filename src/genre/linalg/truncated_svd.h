// The leading right singular vectors of a sparse matrix. Source: Halko, Martinsson and Tropp, "Finding structure with
// randomness", SIAM Review 2011: a random block, power iterations with an orthonormal basis in between, and the small
// problem in that basis (Rayleigh and Ritz).
#pragma once

#include <cstdint>
#include <vector>

#include "genre/linalg/csr.h"
#include "genre/linalg/matrix.h"

namespace genre {

struct SvdOptions {
  int rank = 10;
  int oversample = 16;      // more vectors in the block than asked for: they make the last ones converge
  int iterations = 100;     // products with X^T X at most
  double tolerance = 1e-6;  // ends when no squared singular value changed more than this relative to itself
  std::uint64_t seed = 7;
};

struct TruncatedSvd {
  Matrix right;                 // cols x rank, orthonormal columns; columns of zeros beyond the rank of X
  std::vector<double> squares;  // rank, squared singular values, largest first
};

// Scratch: 4 (rows + 2 cols) (rank + oversample) bytes. The result does not depend on the thread count. Global pool.
TruncatedSvd truncated_svd(const CsrMatrix& x, const SvdOptions& options);

}  // namespace genre
