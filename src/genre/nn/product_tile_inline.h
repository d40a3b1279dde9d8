// The end of a product of a vector width of W bytes; the rules are those of genre/linalg/simd.h.
#pragma once

#include "genre/linalg/activation_inline.h"
#include "genre/linalg/simd.h"
#include "genre/linalg/tile_rows.h"
#include "genre/nn/product_tile.h"

namespace genre::nn {

// Rows [first, first + rows) of the tile.
inline __attribute__((always_inline)) ProductTile some_rows(const ProductTile& tile, int first, int rows) {
  return {tile.y + first * tile.ldy,
          tile.ldy,
          rows,
          tile.cols,
          tile.bias,
          tile.activation,
          tile.residual == nullptr ? nullptr : tile.residual + first * tile.ldy};
}

// Row r of the tile from the V vectors of its product.
template <int W, int V>
inline __attribute__((always_inline)) void finish_row(const ProductTile& tile, int r,
                                                      typename linalg::VectorOf<float, W>::Type (&product)[V]) {
  constexpr int kLanes = linalg::VectorOf<float, W>::kLanes;
  float* const y = tile.y + r * tile.ldy;
  const float* const residual = tile.residual == nullptr ? nullptr : tile.residual + r * tile.ldy;
  alignas(64) float out[V * kLanes];
  const bool whole = tile.cols == V * kLanes;
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    auto x = linalg::activate<W>(tile.activation, product[v] + linalg::load<float, W>(tile.bias + v * kLanes));
    if (whole && residual != nullptr) x += linalg::load<float, W>(residual + v * kLanes);
    linalg::store<float, W>((whole ? y : out) + v * kLanes, x);
  }
  if (whole) return;
  for (int j = 0; j < tile.cols; ++j) y[j] = residual == nullptr ? out[j] : out[j] + residual[j];
}

}  // namespace genre::nn
