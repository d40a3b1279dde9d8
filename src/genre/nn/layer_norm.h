#pragma once

#include <span>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// x = (x - mean) / sqrt(variance + epsilon) * gain + shift for each row of x (T x D), in place; the variance is the
// biased one. gain and shift have D elements. One thread. Source: Ba, Kiros, Hinton, "Layer Normalization" (2016).
void layer_norm(MatrixView x, std::span<const float> gain, std::span<const float> shift, float epsilon);

}  // namespace genre::nn
