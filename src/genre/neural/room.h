// Memory of a pass that the next pass uses again.
#pragma once

#include <algorithm>

#include "genre/linalg/matrix.h"

namespace genre::neural {

// A matrix of at least these rows, and exactly these columns, as a view of the rows; what it held may be lost.
inline MatrixView room(Matrix& matrix, std::int64_t rows, std::int64_t cols) {
  if (matrix.rows() < rows || matrix.cols() != cols) matrix = Matrix(rows, cols);
  return {matrix.data(), rows, cols};
}

inline ConstMatrixView first_rows(const Matrix& matrix, std::int64_t rows) {
  return {matrix.data(), rows, matrix.cols()};
}

// Both have the same shape.
inline void copy_rows(ConstMatrixView from, MatrixView to) {
  std::copy_n(from.data(), from.rows() * from.cols(), to.data());
}

}  // namespace genre::neural
