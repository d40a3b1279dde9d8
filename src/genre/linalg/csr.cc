#include "genre/linalg/csr.h"

#include <algorithm>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"

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

// Row i of G is the sum over the users of i of value x the user's row; each output row belongs to one thread.
Matrix gram(const CsrMatrix& x) {
  const CsrMatrix by_item = transpose(x);
  Matrix out(x.cols, x.cols);
  global_pool().parallel_for(x.cols, 16, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      float* const row = out.row(i).data();
      for (std::int64_t a = by_item.offsets[i]; a < by_item.offsets[i + 1]; ++a) {
        const std::int64_t user = by_item.indices[a];
        const float value = by_item.values[a];
        for (std::int64_t b = x.offsets[user]; b < x.offsets[user + 1]; ++b) row[x.indices[b]] += value * x.values[b];
      }
    }
  });
  return out;
}

void multiply(const CsrMatrix& x, std::int64_t first_row, std::int64_t last_row, ConstMatrixView b, MatrixView y) {
  assert(b.rows() == x.cols && y.cols() == b.cols() && y.rows() >= last_row - first_row);
  for (std::int64_t r = first_row; r < last_row; ++r) {
    sum_rows(b, x.row_indices(r), x.row_values(r), y.row(r - first_row));
  }
}

}  // namespace genre
