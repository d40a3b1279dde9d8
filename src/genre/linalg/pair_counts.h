// How many rows of a sparse matrix hold both of two columns: the products of a binary X^T X, one row at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/csr.h"

namespace genre {

// Columns are put in the order of how many rows hold them. Pairs of columns that many rows hold are counted with bit
// vectors over the rows, the others by adding up what the rows hold beside the column; each column chooses where it
// changes from one to the other. Values are not looked at. Memory: 20 bytes a nonzero, at most 8 more for the bit
// vectors, and 144 a row. The functions may be called from many threads.
class PairCounts {
 public:
  explicit PairCounts(const CsrMatrix& x);
  std::int64_t cols() const { return cols_; }

  // counts (C) of all columns beside `column`; counts[column] says how many rows hold it.
  void row(std::int32_t column, std::span<float> counts) const;

  // For each pair of columns one of the two calls gives its count, the other leaves the 0 that is there.
  void half_row(std::int32_t column, std::span<float> counts) const;

 private:
  static constexpr int kLevels = 16;  // places where a column may change from bits to sums

  // The entries of a row after one of its columns.
  struct Tail {
    std::int32_t row;
    std::int64_t begin;
  };

  void count(std::int32_t column, bool half, std::span<float> counts) const;
  void fill_bits(std::int64_t nonzeros);

  std::int64_t rows_, cols_, words_;
  std::vector<std::int32_t> rank_, column_;  // place of a column in the order, and back
  std::vector<std::int64_t> offsets_;        // R + 1
  std::vector<std::int32_t> entries_;        // ranks, ascending inside a row
  std::vector<std::int64_t> tail_offsets_;   // C + 1, by rank
  std::vector<Tail> tails_;
  std::vector<std::int64_t> starts_;  // R x (kLevels + 1): the first entry of a row at or after each level
  std::int64_t step_ = 0;             // columns of a level
  std::vector<std::uint64_t> bits_;   // kLevels step_ x words_, by rank
};

}  // namespace genre
