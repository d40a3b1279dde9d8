// Products of a tall dense matrix with itself.
#pragma once

#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

// G = B^T B (C x C, row-major, both triangles) of a tall B (R x C). Blocks of 256 rows are summed in float, the blocks
// in double. Scratch: at most 16 C^2 doubles. Global pool; the result does not depend on the thread count.
std::vector<double> dense_gram(ConstMatrixView b);

}  // namespace genre
