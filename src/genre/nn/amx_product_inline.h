// Products by AMX over panels of 32 columns; the rules are those of genre/linalg/simd.h. `Dots` knows the instruction:
//   Dots::first_rows()   adds tile 4 times tiles 6 and 7 to tiles 0 and 1
//   Dots::second_rows()  adds tile 5 times tiles 6 and 7 to tiles 2 and 3
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "genre/nn/amx_tiles.h"
#include "genre/nn/product_tile_inline.h"

namespace genre::nn {

inline constexpr int kAmxColumns = 32;
static_assert(kInputRows == 2 * kTileRows);

// sums (2 kTileRows x kAmxColumns) = rows of `a`, `depth` bytes each, times the panel: all of them, or those of the
// first tile. Four tiles of sums meet two of rows and two of columns, so each that is loaded is used twice.
template <class Dots>
inline __attribute__((always_inline)) void tile_sums(const void* a, std::int64_t depth, const void* panel, bool both,
                                                     void* sums) {
  const auto* const rows = static_cast<const char*>(a);
  const auto* columns = static_cast<const char*>(panel);
  constexpr std::int64_t kStride = 4 * kAmxColumns;
  auto* const to = static_cast<char*>(sums);
  _tile_zero(0);
  _tile_zero(1);
  if (both) {
    _tile_zero(2);
    _tile_zero(3);
    for (std::int64_t k = 0; k < depth; k += kTileBytes, columns += kTileRows * kStride) {
      _tile_loadd(4, rows + k, depth);
      _tile_loadd(6, columns, kStride);
      _tile_loadd(7, columns + kTileBytes, kStride);
      Dots::first_rows();
      _tile_loadd(5, rows + kTileRows * depth + k, depth);
      Dots::second_rows();
    }
    _tile_stored(2, to + kTileRows * kStride, kStride);
    _tile_stored(3, to + kTileRows * kStride + kTileBytes, kStride);
  } else {
    for (std::int64_t k = 0; k < depth; k += kTileBytes, columns += kTileRows * kStride) {
      _tile_loadd(4, rows + k, depth);
      _tile_loadd(6, columns, kStride);
      _tile_loadd(7, columns + kTileBytes, kStride);
      Dots::first_rows();
    }
  }
  _tile_stored(0, to, kStride);
  _tile_stored(1, to + kTileBytes, kStride);
}

}  // namespace genre::nn
