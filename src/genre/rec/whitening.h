// Whitening of item vectors: along the directions in which they differ most, all to the same spread, so that what a
// language model says of every text in common does not drown what tells texts apart. Source: Su et al., "Whitening
// sentence representations for better semantics and faster retrieval" (2021); before recommenders Hou et al., "Towards
// universal sequence representation learning for recommender systems" (KDD 2022).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

// z = map (x - mean); over the vectors it was made of, the mean of z is 0, its covariance that of independent numbers
// of variance 1 / P, and its length therefore 1 in the root mean square.
struct Whitening {
  std::vector<float> mean;  // L
  Matrix map;               // P x L

  // Rows of x (N x L) to N x P; rows of zeros (no text) stay zeros. Uses the global pool.
  Matrix operator()(ConstMatrixView x) const;
};

// Of the rows of `vectors` (N x L) that are not all zeros. P is `components`, or fewer where the vectors span less; 0
// where fewer than two differ. Memory: 24 L^2 bytes. Time: that of symmetric_eigen.
Whitening whiten(ConstMatrixView vectors, std::int64_t components);

}  // namespace genre
