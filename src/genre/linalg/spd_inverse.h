// The inverse of a symmetric positive definite matrix.
#pragma once

#include "genre/linalg/matrix.h"

namespace genre {

// Replaces the symmetric positive definite matrix (both triangles given) by its inverse (both triangles). n x n, about
// n^3 / 2 multiply-adds on the global pool, 8 KiB n of scratch. Throws Error(kData) when a pivot is not positive, with
// the pivot's number. The result does not depend on the thread count.
//
// Method: block pivots are swept one after another (Goodnight, "A tutorial on the SWEEP operator", The American
// Statistician 1979), in float between blocks and in double inside. Then A P v is compared with v for a random v of
// signs: where it is off by more than 1e-3, or a pivot failed, all is done again in double, which takes twice the time
// and 8 n^2 bytes more.
void invert_spd(MatrixView a);

// The same in double alone.
void invert_spd_in_double(MatrixView a);

}  // namespace genre
