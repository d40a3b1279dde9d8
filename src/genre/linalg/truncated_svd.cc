#include "genre/linalg/truncated_svd.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/dense_gram.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/symmetric_eigen.h"

namespace genre {
namespace {

constexpr int kCheckEvery = 4;  // iterations between two looks at the singular values

double dot_double(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kFloats = 1024;  // floats inside, doubles across
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); i += kFloats)
    sum += dot(a.data() + i, b.data() + i, static_cast<std::int64_t>(std::min(kFloats, a.size() - i)));
  return sum;
}

// y = x b, rows in parallel.
void product(const CsrMatrix& x, ConstMatrixView b, Matrix& y) {
  global_pool().parallel_for(x.rows, 64, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t r = begin; r < end; ++r)
      sum_rows(b, x.row_indices(static_cast<std::int64_t>(r)), x.row_values(static_cast<std::int64_t>(r)),
               y.row(static_cast<std::int64_t>(r)));
  });
}

void transpose_into(ConstMatrixView from, Matrix& to) {
  for (std::int64_t r = 0; r < from.rows(); ++r)
    for (std::int64_t c = 0; c < from.cols(); ++c) to.row(c)[r] = from.row(r)[c];
}

// Rows become orthonormal by Gram and Schmidt, twice; a row inside the span of those before it becomes zero.
void orthonormalise_rows(Matrix& basis) {
  const std::int64_t width = basis.cols();
  for (std::int64_t r = 0; r < basis.rows(); ++r) {
    const auto row = basis.row(r);
    const double before = std::sqrt(dot_double(row, row));
    for (int pass = 0; pass < 2; ++pass)
      for (std::int64_t other = 0; other < r; ++other)
        add_scaled(-static_cast<float>(dot_double(row, basis.row(other))), basis.row(other).data(), row.data(), width);
    const double norm = std::sqrt(dot_double(row, row));
    const float scale = norm > 1e-5 * before ? static_cast<float>(1 / norm) : 0.0f;
    for (float& value : row) value *= scale;
  }
}

// The eigenvectors of (X Q)^T (X Q) for the block Q.
SymmetricEigen ritz(ConstMatrixView projected) { return symmetric_eigen(dense_gram(projected), projected.cols()); }

bool settled(const std::vector<double>& now, const std::vector<double>& before, int rank, double tolerance) {
  if (before.empty()) return false;
  for (int i = 0; i < rank; ++i)
    if (std::abs(now[i] - before[i]) > tolerance * std::max(now[i], 1e-6 * now[0])) return false;
  return true;
}

}  // namespace

TruncatedSvd truncated_svd(const CsrMatrix& x, const SvdOptions& options) {
  const std::int64_t smaller = std::min(x.rows, x.cols);
  const auto rank = static_cast<int>(std::min<std::int64_t>(options.rank, smaller));
  const std::int64_t width = std::min<std::int64_t>(rank + options.oversample, smaller);
  const CsrMatrix by_column = transpose(x);
  Matrix basis(width, x.cols), block(x.cols, width), image(x.rows, width);
  RandomStream random(options.seed, "truncated_svd");
  for (float* value = basis.data(); value != basis.data() + width * x.cols; ++value)
    *value = static_cast<float>(random.normal());
  orthonormalise_rows(basis);
  transpose_into(basis, block);
  SymmetricEigen eigen;
  std::vector<double> before;
  for (int iteration = 0;; ++iteration) {
    product(x, block, image);
    const bool last = iteration >= options.iterations;
    if (last || iteration % kCheckEvery == 0) {
      eigen = ritz(image);
      if (last || settled(eigen.values, before, rank, options.tolerance)) break;
      before = eigen.values;
    }
    product(by_column, image, block);
    transpose_into(block, basis);
    orthonormalise_rows(basis);
    transpose_into(basis, block);
  }
  TruncatedSvd out{Matrix(x.cols, options.rank), std::vector<double>(options.rank, 0.0)};
  for (int k = 0; k < rank; ++k) {
    // What is left of a zero in floats: n * epsilon of the largest.
    if (!(eigen.values[k] > static_cast<double>(width) * std::numeric_limits<float>::epsilon() * eigen.values[0]))
      break;
    out.squares[k] = eigen.values[k];
    for (std::int64_t i = 0; i < x.cols; ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < width; ++j) sum += eigen.vectors[k * width + j] * block.row(i)[j];
      out.right.row(i)[k] = static_cast<float>(sum);
    }
  }
  return out;
}

}  // namespace genre
