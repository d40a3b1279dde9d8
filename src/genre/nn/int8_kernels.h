// The innermost loops of products with 8-bit weights, one set for each instruction set. Private to nn.
#pragma once

#include <cstdint>

#include "genre/nn/product_tile.h"

namespace genre::nn {

// Activations become integers of [0, kActivationLevels], weights of [-127, 127].
inline constexpr int kActivationLevels = 255;
// Inputs go in quads. Without an instruction that adds byte products to 32 bits, the products of the first two, and of
// the last two, places of kQuadsInSum quads add up in 16 bits. The weights that meet there have positive parts, and
// negative parts, of at most kWeightSum together, so that no sum can overflow.
inline constexpr int kQuad = 4;
inline constexpr int kQuadsInSum = 2;
inline constexpr int kWeightSum = 32767 / kActivationLevels;

// How a row was quantised: x = step * (q - zero).
struct QuantisedRow {
  float step;
  std::int32_t zero;
};

// A panel of NR columns, one after the other: for each quad of inputs its four weights, column by column.
struct Int8Panel {
  const std::int8_t* weights;  // depth x NR
  const float* scales;         // NR: weight = scale * integer
  const std::int32_t* sums;    // NR: of a column's integers
};

struct Int8Kernels {
  const char* name;
  int nr;    // columns of a panel
  int step;  // inputs: depth is a multiple
  // q (k bytes) and how to read it, by the range of the row with 0 in it; rounds to nearest even.
  QuantisedRow (*quantise)(const float* x, std::int64_t k, std::uint8_t* q);
  // The tile of rows q[r * depth ...] times the panel; q has whole kInputRows rows.
  void (*multiply)(const std::uint8_t* q, const QuantisedRow* rows, std::int64_t depth, const Int8Panel& panel,
                   const ProductTile& tile);
};

const Int8Kernels* portable_int8_kernels();
const Int8Kernels* avx2_int8_kernels();        // null where the compiler has no such target
const Int8Kernels* avxvnni_int8_kernels();     // likewise
const Int8Kernels* avx512vnni_int8_kernels();  // likewise
const Int8Kernels* amx_int8_kernels();         // likewise

}  // namespace genre::nn
