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

}  // namespace genre
