// The rows of a matrix whose products with a vector are the largest, sooner than by multiplying all of them: a copy of
// the matrix in 8 bits, a quarter of its size, says within which bounds each product lies, and only rows that may be
// among the best are multiplied in full. Nothing is lost by it: the answer is that of all products.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/linalg/page_allocator.h"
#include "genre/linalg/top_k.h"

namespace genre {

class ProductSearch {
 public:
  ProductSearch() = default;
  // Rows are I x D and are not kept: I (D + 8) bytes are. Those that are left out are in no answer.
  explicit ProductSearch(ConstMatrixView rows, std::vector<std::int32_t> left_out = {});

  // The entries that top_k finds among dot(x, rows[i]) + offsets[i], or without offsets where there are none. Rows are
  // those that it was made of. Thread-safe; one thread.
  std::vector<ScoredIndex> best(ConstMatrixView rows, std::span<const float> x, std::span<const float> offsets,
                                const RankOptions& options) const;

  std::int64_t rows() const { return rows_; }
  std::span<const std::int32_t> left_out() const { return left_out_; }

 private:
  std::int64_t rows_ = 0, depth_ = 0;
  std::vector<std::int32_t> left_out_;
  PageVector<std::int8_t> codes_;  // panels of rows, the last one filled up with zeros
  std::vector<float> scale_;       // by row: what a code of 1 stands for
  std::vector<float> slack_;       // by row: the most that a product with a vector of length 1 is off
  float largest_slack_ = 0;
  std::vector<std::int32_t> unbounded_;  // rows whose products have no bounds, ascending; their slack is 0
};

}  // namespace genre
