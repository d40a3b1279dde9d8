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

// One step of kTileBytes inputs: four tiles of sums meet two of rows and two of columns, so each that is loaded is used
// twice. Up to 16 rows of activations need the first tile only.
template <class Dots>
inline __attribute__((always_inline)) void tile_step(const char* rows, std::int64_t depth, const char* columns,
                                                     bool both) {
  constexpr std::int64_t kStride = 4 * kAmxColumns;
  _tile_loadd(4, rows, depth);
  _tile_loadd(6, columns, kStride);
  _tile_loadd(7, columns + kTileBytes, kStride);
  Dots::first_rows();
  if (!both) return;
  _tile_loadd(5, rows + kTileRows * depth, depth);
  Dots::second_rows();
}

// All rows of `a`, `depth` bytes each, times the panel: calls finish(r, sums) with the kAmxColumns 32-bit sums of each
// row r. Between the steps of one block of rows those of the block before are finished: tiles and vectors work at the
// same time.
template <class Dots, class Finish>
inline __attribute__((always_inline)) void multiply_tiles(const void* a, std::int64_t depth, const void* panel,
                                                          int rows, const Finish& finish) {
  constexpr std::int64_t kStride = 4 * kAmxColumns;
  alignas(64) char sums[2][kInputRows * kStride];
  int finished = 0;
  const auto finish_until = [&](int end) {
    for (; finished < end; ++finished)
      finish(finished, sums[finished / kInputRows % 2] + finished % kInputRows * kStride);
  };
  for (int m = 0; m < rows; m += kInputRows) {
    const bool both = rows - m > kTileRows;
    const char* at = static_cast<const char*>(a) + m * depth;
    const char* columns = static_cast<const char*>(panel);
    const std::int64_t before = m - finished;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (std::int64_t k = 0; k < depth; k += kTileBytes, at += kTileBytes, columns += kTileRows * kStride) {
      tile_step<Dots>(at, depth, columns, both);
      finish_until(static_cast<int>(m - before + before * (k + kTileBytes) / depth));
    }
    char* const to = sums[m / kInputRows % 2];
    _tile_stored(0, to, kStride);
    _tile_stored(1, to + kTileBytes, kStride);
    if (both) {
      _tile_stored(2, to + kTileRows * kStride, kStride);
      _tile_stored(3, to + kTileRows * kStride + kTileBytes, kStride);
    }
  }
  finish_until(rows);
}

}  // namespace genre::nn
