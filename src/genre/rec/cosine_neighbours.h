// Items whose vectors point the same way.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/linalg/top_k.h"

namespace genre {

// The k rows of `vectors` (I x D) with the largest cosine to row `item`, best first, without the row itself and without
// rows of zeros; none where its own is one.
std::vector<ScoredIndex> cosine_neighbours(ConstMatrixView vectors, std::int32_t item, int k);

// The same for every row, each list in the order of ids. Cosines exist for a block of rows at a time. Uses the global
// pool. Throws Error(kInterrupted).
std::vector<std::vector<ScoredIndex>> all_cosine_neighbours(Matrix vectors, int k);

// The most bytes that this holds beside what it returns, its vectors (I x D) among them.
std::int64_t all_cosine_neighbours_bytes(std::int64_t items, std::int64_t width);

}  // namespace genre
