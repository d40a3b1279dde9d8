#pragma once

#include <span>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// out = x / sqrt(mean(x^2) + epsilon) * gain for each row of x (T x D); out (T x D) may be x. gain has D elements. One
// thread. Source: Zhang, Sennrich, "Root Mean Square Layer Normalization" (2019).
void rms_norm(ConstMatrixView x, std::span<const float> gain, float epsilon, MatrixView out);

}  // namespace genre::nn
