// Symmetric positive definite systems, blocked, in double inside and float outside.
#pragma once

#include "genre/linalg/matrix.h"

namespace genre {

// Replaces the symmetric positive definite matrix (both triangles given) by its inverse (both triangles). n x n,
// about n^3 multiply-adds on the global pool, 8 n^2 bytes of scratch. Throws Error(kData) when a pivot is not positive,
// with the pivot's number. Method: A = L L^T, then L^-1, then L^-T L^-1 (LAPACK's potrf and potri).
void invert_spd(MatrixView a);

}  // namespace genre
