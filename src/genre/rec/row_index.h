// Sparse rows that are found by what they hold: the search of user- and session-based neighbours.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/csr.h"
#include "genre/linalg/top_k.h"

namespace genre {

// What a row has in common with a query.
struct Overlap {
  std::int32_t row;
  std::int32_t common;  // entries of both
  double product;       // sum over them of weight x value
};

// The rows of `index` (I x R, row i: the rows that hold i) that hold an item of the query, in no particular order; with
// `newest` above 0 only that many of them, those of the highest numbers. Time: the lengths of the lists read, at most
// items x newest. Scratch: 16 R bytes a thread, kept.
std::vector<Overlap> overlaps(const CsrMatrix& index, std::span<const std::int32_t> items,
                              std::span<const float> weights, std::int64_t newest = 0);

// out (I) += the sum over neighbours of score x their row of `rows` (R x I), in the order given.
void add_rows(const CsrMatrix& rows, std::span<const ScoredIndex> neighbours, std::span<float> out);

// Whether the row holds an item that is not in the ascending list.
bool holds_more(std::span<const std::int32_t> row, std::span<const std::int32_t> ascending);

// How far each history item brought `item` to its score through the neighbours: shares[h] = the sum over neighbours
// that hold `item` of value(neighbour, item) x score x (what history item h adds to the overlap) / overlap. `index` and
// `weights` are those of overlaps(); of an item-by-item count pass weights of 1 and an index of ones.
std::vector<ScoredIndex> shares_of_history(const CsrMatrix& rows, const CsrMatrix& index,
                                           std::span<const ScoredIndex> neighbours,
                                           std::span<const std::int32_t> history, std::span<const float> weights,
                                           std::int32_t item);

}  // namespace genre
