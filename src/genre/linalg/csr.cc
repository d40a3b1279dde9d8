#include "genre/linalg/csr.h"

#include <algorithm>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/pair_counts.h"

namespace genre {

CsrMatrix csr_from_triplets(std::int64_t rows, std::int64_t cols, std::vector<Triplet> entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Triplet& a, const Triplet& b) { return a.row != b.row ? a.row < b.row : a.col < b.col; });
  CsrMatrix out;
  out.rows = rows;
  out.cols = cols;
  out.offsets.assign(rows + 1, 0);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Triplet& entry = entries[i];
    assert(entry.row >= 0 && entry.row < rows && entry.col >= 0 && entry.col < cols);
    if (i > 0 && entries[i - 1].row == entry.row && entries[i - 1].col == entry.col) {
      out.values.back() += entry.value;
      continue;
    }
    out.indices.push_back(entry.col);
    out.values.push_back(entry.value);
    ++out.offsets[entry.row + 1];
  }
  for (std::int64_t r = 0; r < rows; ++r) out.offsets[r + 1] += out.offsets[r];
  return out;
}

CsrMatrix transpose(const CsrMatrix& matrix) {
  CsrMatrix out;
  out.rows = matrix.cols;
  out.cols = matrix.rows;
  out.offsets.assign(out.rows + 1, 0);
  out.indices.resize(matrix.indices.size());
  out.values.resize(matrix.values.size());
  for (const std::int32_t column : matrix.indices) ++out.offsets[column + 1];
  for (std::int64_t r = 0; r < out.rows; ++r) out.offsets[r + 1] += out.offsets[r];
  std::vector<std::int64_t> next(out.offsets.begin(), out.offsets.end() - 1);
  for (std::int64_t r = 0; r < matrix.rows; ++r) {
    for (std::int64_t i = matrix.offsets[r]; i < matrix.offsets[r + 1]; ++i) {
      const std::int64_t to = next[matrix.indices[i]]++;
      out.indices[to] = static_cast<std::int32_t>(r);
      out.values[to] = matrix.values[i];
    }
  }
  return out;
}

namespace {

// The entries of a row from one of its columns on.
struct Tail {
  std::int64_t begin, end;
};

// The tails that start in column c, for each c, in the order of rows; offsets: cols + 1.
std::vector<Tail> tails_by_column(const CsrMatrix& x, std::vector<std::int64_t>& offsets) {
  offsets.assign(x.cols + 1, 0);
  for (const std::int32_t column : x.indices) ++offsets[column + 1];
  for (std::int64_t c = 0; c < x.cols; ++c) offsets[c + 1] += offsets[c];
  std::vector<std::int64_t> next(offsets.begin(), offsets.end() - 1);
  std::vector<Tail> out(x.indices.size());
  for (std::int64_t r = 0; r < x.rows; ++r)
    for (std::int64_t n = x.offsets[r]; n < x.offsets[r + 1]; ++n) out[next[x.indices[n]]++] = {n, x.offsets[r + 1]};
  return out;
}

// Of each pair of elements across the diagonal one is 0: both become their sum. In squares that stay in cache.
void mirror(MatrixView a) {
  constexpr std::int64_t kSquare = 64;
  const std::int64_t n = a.rows();
  const auto squares = static_cast<std::size_t>((n + kSquare - 1) / kSquare);
  global_pool().parallel_for(squares, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t t = begin; t < end; ++t) {
      const std::int64_t first = static_cast<std::int64_t>(t) * kSquare, last = std::min(first + kSquare, n);
      for (std::int64_t c0 = 0; c0 < last; c0 += kSquare) {
        for (std::int64_t r = first; r < last; ++r) {
          for (std::int64_t c = c0; c < std::min(c0 + kSquare, r); ++c) {
            float &here = a.data()[r * n + c], &there = a.data()[c * n + r];
            here = there = here + there;
          }
        }
      }
    }
  });
}

}  // namespace

Matrix gram(const CsrMatrix& x) {
  Matrix out(x.cols, x.cols);
  if (std::all_of(x.values.begin(), x.values.end(), [](float value) { return value == 1; })) {
    const PairCounts pairs(x);
    global_pool().parallel_for(x.cols, 16, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) pairs.row(static_cast<std::int32_t>(i), out.row(i));
    });
    return out;
  }
  std::vector<std::int64_t> offsets;
  const std::vector<Tail> tails = tails_by_column(x, offsets);
  global_pool().parallel_for(x.cols, 16, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      float* const row = out.row(static_cast<std::int64_t>(i)).data();
      for (std::int64_t t = offsets[i]; t < offsets[i + 1]; ++t) {
        const float value = x.values[tails[t].begin];
        for (std::int64_t n = tails[t].begin; n < tails[t].end; ++n) row[x.indices[n]] += value * x.values[n];
      }
    }
  });
  mirror(out.view());
  return out;
}

void multiply(const CsrMatrix& x, std::int64_t first_row, std::int64_t last_row, ConstMatrixView b, MatrixView y) {
  assert(b.rows() == x.cols && y.cols() == b.cols() && y.rows() >= last_row - first_row);
  for (std::int64_t r = first_row; r < last_row; ++r) {
    sum_rows(b, x.row_indices(r), x.row_values(r), y.row(r - first_row));
  }
}

}  // namespace genre
