// How many rows of a sparse matrix hold both of two columns: the products of a binary X^T X, one row at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/csr.h"
#include "genre/linalg/page_allocator.h"

namespace genre {

// Columns are put in the order of how many rows hold them. What a row holds of the first of them is kept as bits, and
// the bits of the rows that hold a column are added up in vectors; the rest of these rows is added entry by entry.
// Values are not looked at. Memory: 8 bytes a nonzero, 12 a row or column, and the bits, which are at most 12 bytes a
// nonzero. The functions may be called from many threads.
class PairCounts {
 public:
  explicit PairCounts(const CsrMatrix& x);
  std::int64_t cols() const { return cols_; }

  // counts (C) of all columns beside `column`; counts[column] says how many rows hold it.
  void row(std::int32_t column, std::span<float> counts) const;

 private:
  void choose_bits(const CsrMatrix& x);
  std::span<const std::int32_t> rows_of(std::int64_t rank) const {
    return {rows_.data() + offsets_[rank], static_cast<std::size_t>(offsets_[rank + 1] - offsets_[rank])};
  }

  std::int64_t cols_;
  std::vector<std::int32_t> column_, rank_;  // the column of each rank, and back
  std::vector<std::int64_t> offsets_;        // C + 1, by rank
  std::vector<std::int32_t> rows_;           // that hold the column of a rank, ascending
  std::int64_t bit_columns_ = 0;             // the ranks below are bits
  std::int64_t words_ = 0, stride_ = 0;      // of a row's bits, and from row to row
  PageVector<std::uint64_t> bits_;           // R x stride_
  std::vector<std::int64_t> tail_offsets_;   // R + 1
  std::vector<std::int32_t> tails_;          // ranks from bit_columns_ on, ascending inside a row
};

}  // namespace genre
