// Compressed sparse rows, float values. In the recommenders rows are users and columns items.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

struct CsrMatrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<std::int64_t> offsets = {0};  // rows + 1
  std::vector<std::int32_t> indices;        // ascending inside a row, no duplicates
  std::vector<float> values;

  std::int64_t nonzeros() const { return offsets.back(); }
  std::span<const std::int32_t> row_indices(std::int64_t r) const {
    return {indices.data() + offsets[r], static_cast<std::size_t>(offsets[r + 1] - offsets[r])};
  }
  std::span<const float> row_values(std::int64_t r) const {
    return {values.data() + offsets[r], static_cast<std::size_t>(offsets[r + 1] - offsets[r])};
  }
};

struct Triplet {
  std::int32_t row, col;
  float value;
};

// Sorts and adds up duplicates. Entries outside rows x cols are a bug of the caller (assert).
CsrMatrix csr_from_triplets(std::int64_t rows, std::int64_t cols, std::vector<Triplet> entries);
CsrMatrix transpose(const CsrMatrix& matrix);

// G = X^T X as a dense cols x cols matrix, both triangles filled. Parallel over the global pool; the result does not
// depend on the thread count.
Matrix gram(const CsrMatrix& x);

// y (R x C) = x B for a sparse x with R rows and a dense B of x.cols rows and C columns. One thread.
void multiply(const CsrMatrix& x, std::int64_t first_row, std::int64_t last_row, ConstMatrixView b, MatrixView y);

}  // namespace genre
