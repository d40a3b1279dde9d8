#include "genre/linalg/cholesky.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/kernels.h"

namespace genre {
namespace {

constexpr std::int64_t kBlock =
    240;  // a multiple of every tile height; a packed pair of blocks stays near the L2 cache

// A row- or column-major look at doubles: element (i, j) = data[i * row + j * col].
struct Strided {
  const double* data;
  std::int64_t row, col;
};

// to (depth x width): element (i, p) of the strip goes to p * width + i; rows beyond `rows` are zero.
void pack(Strided strip, std::int64_t rows, std::int64_t width, std::int64_t depth, double* to) {
  if (rows < width) std::fill_n(to, width * depth, 0.0);
  if (strip.row == 1) {
    for (std::int64_t p = 0; p < depth; ++p)
      for (std::int64_t i = 0; i < rows; ++i) to[p * width + i] = strip.data[p * strip.col + i];
    return;
  }
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t p = 0; p < depth; ++p) to[p * width + i] = strip.data[i * strip.row + p * strip.col];
}

// c (m x n, row stride ldc) += factor * a (m x k) b (k x n). One thread; m, n at most kBlock or so for cache reuse.
void add_product(double factor, Strided a, Strided b, std::int64_t m, std::int64_t n, std::int64_t k, double* c,
                 std::int64_t ldc) {
  const linalg::Kernels& kernel = linalg::kernels();
  const std::int64_t mr = kernel.double_mr, nr = kernel.double_nr;
  thread_local std::vector<double> packed_a, packed_b;
  constexpr std::int64_t kDepth = 120;
  packed_a.resize((m + mr) * kDepth);
  packed_b.resize((n + nr) * kDepth);
  for (std::int64_t k0 = 0; k0 < k; k0 += kDepth) {
    const std::int64_t depth = std::min(kDepth, k - k0);
    for (std::int64_t i0 = 0; i0 < m; i0 += mr)
      pack({a.data + i0 * a.row + k0 * a.col, a.row, a.col}, std::min(mr, m - i0), mr, depth,
           packed_a.data() + i0 * depth);
    for (std::int64_t j0 = 0; j0 < n; j0 += nr)
      pack({b.data + k0 * b.row + j0 * b.col, b.col, b.row}, std::min(nr, n - j0), nr, depth,
           packed_b.data() + j0 * depth);
    for (std::int64_t j0 = 0; j0 < n; j0 += nr)
      for (std::int64_t i0 = 0; i0 < m; i0 += mr)
        kernel.double_tile(packed_a.data() + i0 * depth, 1, mr, static_cast<int>(std::min(mr, m - i0)), depth,
                           packed_b.data() + j0 * depth, factor, c + i0 * ldc + j0, ldc,
                           static_cast<int>(std::min(nr, n - j0)));
  }
}

// Unblocked lower Cholesky factor of a diagonal block.
void factor_block(double* a, std::int64_t n, std::int64_t ld, std::int64_t first) {
  for (std::int64_t j = 0; j < n; ++j) {
    double pivot = a[j * ld + j];
    for (std::int64_t k = 0; k < j; ++k) pivot -= a[j * ld + k] * a[j * ld + k];
    if (!(pivot > 0) || !std::isfinite(pivot))
      throw Error(ErrorCode::kData,
                  "the matrix is not positive definite: pivot " + std::to_string(first + j) + " is not positive",
                  "raise the l2 penalty");
    pivot = std::sqrt(pivot);
    a[j * ld + j] = pivot;
    for (std::int64_t i = j + 1; i < n; ++i) {
      double sum = a[i * ld + j];
      for (std::int64_t k = 0; k < j; ++k) sum -= a[i * ld + k] * a[j * ld + k];
      a[i * ld + j] = sum / pivot;
    }
  }
}

// Inverse of a lower triangular block, in place.
void invert_block(double* a, std::int64_t n, std::int64_t ld) {
  for (std::int64_t i = 0; i < n; ++i) {
    const double diagonal = 1.0 / a[i * ld + i];
    for (std::int64_t j = 0; j < i; ++j) {
      double sum = 0;
      for (std::int64_t k = j; k < i; ++k) sum += a[i * ld + k] * a[k * ld + j];
      a[i * ld + j] = -sum * diagonal;
    }
    a[i * ld + i] = diagonal;
  }
}

class SpdInverse {
 public:
  explicit SpdInverse(MatrixView a)
      : a_(a), n_(a.rows()), blocks_((n_ + kBlock - 1) / kBlock), l_(n_ * n_), inverse_(blocks_ * kBlock * kBlock) {}

  void run() {
    for (std::int64_t i = 0; i < n_ * n_; ++i) l_[i] = a_.data()[i];
    factor();
    invert_triangle();
    square();
  }

 private:
  double* at(std::int64_t i, std::int64_t j) { return l_.data() + i * kBlock * n_ + j * kBlock; }  // block (i, j)
  std::int64_t size(std::int64_t i) const { return std::min(kBlock, n_ - i * kBlock); }
  double* diagonal_inverse(std::int64_t i) { return inverse_.data() + i * kBlock * kBlock; }

  // A = L L^T, right-looking: the inverse of each diagonal block turns the triangular solve into a product.
  void factor() {
    for (std::int64_t j = 0; j < blocks_; ++j) {
      factor_block(at(j, j), size(j), n_, j * kBlock);
      double* const inverse = diagonal_inverse(j);
      for (std::int64_t r = 0; r < size(j); ++r)
        for (std::int64_t c = 0; c < size(j); ++c) inverse[r * kBlock + c] = c <= r ? at(j, j)[r * n_ + c] : 0.0;
      invert_block(inverse, size(j), kBlock);
      const std::int64_t below = blocks_ - j - 1;
      global_pool().parallel_for(below, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t t = begin; t < end; ++t) {
          const std::int64_t i = j + 1 + static_cast<std::int64_t>(t);
          std::vector<double> solved(kBlock * kBlock);
          add_product(1, {at(i, j), n_, 1}, {inverse, 1, kBlock}, size(i), size(j), size(j), solved.data(), kBlock);
          for (std::int64_t r = 0; r < size(i); ++r)
            std::copy_n(solved.data() + r * kBlock, size(j), at(i, j) + r * n_);
        }
      });
      global_pool().parallel_for(below * (below + 1) / 2, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t t = begin; t < end; ++t) {
          const auto [row, col] = triangle(static_cast<std::int64_t>(t));
          const std::int64_t i = j + 1 + row, k = j + 1 + col;
          add_product(-1, {at(i, j), n_, 1}, {at(k, j), 1, n_}, size(i), size(k), size(j), at(i, k), n_);
        }
      });
    }
  }

  // L becomes M = L^-1, block row by block row: M_ij = -L_ii^-1 (sum over k in [j, i) of L_ik M_kj).
  void invert_triangle() {
    std::vector<double> sums(kBlock * n_);
    for (std::int64_t i = 0; i < blocks_; ++i) {
      std::fill(sums.begin(), sums.end(), 0.0);
      global_pool().parallel_for(i, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t t = begin; t < end; ++t) {
          const auto j = static_cast<std::int64_t>(t);
          add_product(1, {at(i, j), n_, 1}, {at(j, j), n_, 1}, size(i), kBlock, (i - j) * kBlock,
                      sums.data() + j * kBlock, n_);
        }
      });
      global_pool().parallel_for(i, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t t = begin; t < end; ++t) {
          const auto j = static_cast<std::int64_t>(t);
          for (std::int64_t r = 0; r < size(i); ++r) std::fill_n(at(i, j) + r * n_, kBlock, 0.0);
          add_product(-1, {diagonal_inverse(i), kBlock, 1}, {sums.data() + j * kBlock, n_, 1}, size(i), kBlock, size(i),
                      at(i, j), n_);
        }
      });
      for (std::int64_t r = 0; r < size(i); ++r)
        for (std::int64_t c = 0; c < size(i); ++c)
          at(i, i)[r * n_ + c] = diagonal_inverse(i)[r * kBlock + c];  // zeros above the diagonal
    }
  }

  // P = M^T M, written to both triangles of a.
  void square() {
    global_pool().parallel_for(blocks_ * (blocks_ + 1) / 2, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t t = begin; t < end; ++t) {
        const auto [i, j] = triangle(static_cast<std::int64_t>(t));
        std::vector<double> out(kBlock * kBlock);
        add_product(1, {at(i, i), 1, n_}, {at(i, j), n_, 1}, size(i), size(j), n_ - i * kBlock, out.data(), kBlock);
        for (std::int64_t r = 0; r < size(i); ++r) {
          for (std::int64_t c = 0; c < size(j); ++c) {
            const auto value = static_cast<float>(out[r * kBlock + c]);
            a_.data()[(i * kBlock + r) * n_ + j * kBlock + c] = value;
            a_.data()[(j * kBlock + c) * n_ + i * kBlock + r] = value;
          }
        }
      }
    });
  }

  // The t-th block of a lower triangle, row by row.
  static std::pair<std::int64_t, std::int64_t> triangle(std::int64_t t) {
    auto row = static_cast<std::int64_t>((std::sqrt(8.0 * static_cast<double>(t) + 1) - 1) / 2);
    while (row * (row + 1) / 2 > t) --row;
    while ((row + 1) * (row + 2) / 2 <= t) ++row;
    return {row, t - row * (row + 1) / 2};
  }

  MatrixView a_;
  std::int64_t n_, blocks_;
  std::vector<double> l_, inverse_;
};

}  // namespace

void invert_spd(MatrixView a) {
  assert(a.rows() == a.cols());
  SpdInverse(a).run();
}

}  // namespace genre
