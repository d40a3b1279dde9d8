// The innermost loops of products with bf16 weights, one set for each instruction set. Private to nn.
#pragma once

#include <cstdint>

#include "genre/nn/product_tile.h"

namespace genre::nn {

struct Bf16Kernels {
  const char* name;
  int nr;    // columns of a panel
  int step;  // inputs: depth is a multiple
  // k floats to bf16, rounded to nearest even, and zeros up to depth; null where the product takes floats as they are.
  void (*round)(const float* x, std::int64_t k, std::int64_t depth, std::uint16_t* out);
  // The tile of rows x[r * depth ...], floats or bf16, times a panel: for each pair of inputs its two weights, column
  // by column. Bf16 come in whole kInputRows rows.
  void (*multiply)(const void* x, std::int64_t depth, const std::uint16_t* panel, const ProductTile& tile);
};

const Bf16Kernels* portable_bf16_kernels();
const Bf16Kernels* avx2_bf16_kernels();        // null where the compiler has no such target
const Bf16Kernels* avx512_bf16_kernels();      // likewise; weights become floats, as in the two above
const Bf16Kernels* avx512bf16_bf16_kernels();  // likewise; products of bf16 numbers
const Bf16Kernels* amx_bf16_kernels();         // likewise

}  // namespace genre::nn
