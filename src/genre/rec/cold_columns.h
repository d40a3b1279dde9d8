// Lets items that nobody has touched compete with the others in a linear item-item model, through items of like text.
#pragma once

#include "genre/linalg/csr.h"
#include "genre/linalg/matrix.h"

namespace genre {

// Replaces the columns of items without interactions: column(c) = weight * g * sum over the `neighbours` warm items j
// most similar to c (above 0) of share(c, j) * (column(j) + unit(j)), shares proportional to similarity. So c scores
// where items like it score, or were chosen already. g is the least-squares factor that makes the same blend predict
// the interactions of warm items, each from its own neighbours; it returns g. Other columns stay as they are.
//
// weights and similarity are I x I, both sides of similarity given. About 2 U I neighbours operations on the global
// pool.
double blend_cold_columns(Matrix& weights, const CsrMatrix& interactions, ConstMatrixView similarity, int neighbours,
                          double weight);

}  // namespace genre
