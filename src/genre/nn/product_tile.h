// What the kernels of int8 and bf16 products share. Private to nn.
#pragma once

#include <cstdint>

#include "genre/linalg/activation.h"

namespace genre::nn {

// Rows [0, rows) x columns [0, cols) of y = activation(product + bias) + residual.
struct ProductTile {
  float* y;
  std::int64_t ldy;
  int rows, cols;
  const float* bias;  // one for each column of the kernel's panel
  Activation activation;
  const float* residual;  // row stride ldy, or null; may be y itself
};

// Kernels may read, and then leave alone, rows of inputs beyond those of a tile, up to a multiple of this.
inline constexpr std::int64_t kInputRows = 32;

}  // namespace genre::nn
