// The pieces of alternating least squares: for every row of a sparse matrix a small system over the vectors of its
// columns. All one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

// out (C) += sum over r of c_r b(rows[r]) with c_r = constant[r] + factor[r] (b(rows[r]) . x). `constant` may be empty
// (0). With constant = 0 it is the product of x with sum of factor v v^T, which is never formed.
void add_normal_product(ConstMatrixView b, std::span<const std::int32_t> rows, std::span<const float> constant,
                        std::span<const float> factor, std::span<const float> x, std::span<float> out);

// a (C x C) += sum over r of weights[r] v_r v_r^T with v_r = b(rows[r]) and weights at or above 0; only the upper
// triangle is meant. `scratch` is resized as needed and may be kept from call to call.
void add_weighted_gram(ConstMatrixView b, std::span<const std::int32_t> rows, std::span<const float> weights,
                       std::span<float> a, std::vector<float>& scratch);

// Solves A x = b in float for the upper triangle of a positive definite A (n x n); A is overwritten, b becomes x.
// Throws Error(kData) when A is not positive definite.
void solve_spd(std::span<float> a, std::span<float> b);

}  // namespace genre
