// One half step of alternating least squares on implicit feedback: the vectors of one side, given those of the other.
#pragma once

#include "genre/linalg/csr.h"
#include "genre/linalg/matrix.h"

namespace genre {

struct ImplicitStepOptions {
  double alpha = 1;         // confidence of an interaction of weight r: 1 + alpha r
  double l2 = 1;            // penalty on the squared length of a vector ...
  double l2_exponent = 0;   // ... times the total confidence of its row to this power
  bool exact = false;       // Cholesky for each row, instead of conjugate gradients
  int conjugate_steps = 2;  // of conjugate gradients
  ConstMatrixView prior{};  // rows x D, or empty: what the vectors are pulled towards ...
  double prior_weight = 0;  // ... with this penalty on the squared distance
  bool skip_empty = false;  // a row without interactions counts as unknown, not as disliked by all: it becomes zero
};

// Each row x of `solved` (rows x D, the start of conjugate gradients) becomes the minimum (exact) or comes nearer to it
// of
//
//   sum over all columns j of c_j (p_j - x . y_j)^2 + l2 t^e |x|^2 + prior_weight |x - prior|^2
//
// with p_j = 1 and c_j = 1 + alpha r_j where the row has an interaction, p_j = 0 and c_j = 1 elsewhere, y_j the rows of
// `fixed` (columns x D), and t = columns + alpha sum r_j. Weights r_j below 0 count as 0.
//
// The columns without interactions enter through G = Y^T Y. With G + l I = L L^T and y' = L^-1 y, x' = L^T x each row's
// system becomes I + sum alpha r_j y'_j y'_j^T: the dense part costs nothing per row, and conjugate gradients start
// from a matrix that is the identity but for the row's own interactions, so that two or three steps go a long way.
//
// Scratch: 4 columns x D bytes, and D^2 a worker. Global pool; the result does not depend on the thread count. Throws
// Error(kData) where l2 = 0 leaves G singular.
void implicit_step(const CsrMatrix& interactions, ConstMatrixView fixed, MatrixView solved,
                   const ImplicitStepOptions& options);

}  // namespace genre
