// Activations between the two products of a feed-forward block. One thread each.
#pragma once

#include <cstdint>

#include "genre/linalg/activation.h"

namespace genre::nn {

// x[i] = activation(x[i]) for n elements.
void activate(Activation activation, float* x, std::int64_t n);

// gate[i] = activation(gate[i]) * up[i]: SwiGLU with kSilu, GeGLU with a GELU. Source: Shazeer, "GLU Variants Improve
// Transformer" (2020).
void activate_gate(Activation activation, float* gate, const float* up, std::int64_t n);

}  // namespace genre::nn
