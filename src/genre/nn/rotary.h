// Rotary position embedding in the half-split form: element d of a head is paired with element d + size / 2. Source: Su
// et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding" (2021).
#pragma once

#include <cstdint>
#include <span>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// Row t of `angles` (T x size) = cosines, then sines, of position t times each of the size / 2 frequencies; angles are
// rounded to float as the reference does.
void rotary_angles(std::span<const std::int32_t> positions, std::span<const float> frequencies, MatrixView angles);

// Turns `heads` adjoining heads of one token in place, by one row of rotary_angles. One thread.
void rotate(float* x, std::int64_t heads, std::span<const float> angles);

}  // namespace genre::nn
