// Eigenvalues and eigenvectors of small symmetric matrices.
#pragma once

#include <cstdint>
#include <vector>

namespace genre {

struct SymmetricEigen {
  std::vector<double> values;   // n, largest first
  std::vector<double> vectors;  // n x n row-major: row j is the unit eigenvector of values[j]
};

// `a` is n x n, row-major, both triangles given. Cyclic Jacobi rotations (Golub and Van Loan, "Matrix computations",
// section 8.5): accurate to the last digits for every eigenvalue, about 30 n^3 multiply-adds, so meant for n up to a
// few hundred. One thread; deterministic.
SymmetricEigen symmetric_eigen(std::vector<double> a, std::int64_t n);

}  // namespace genre
