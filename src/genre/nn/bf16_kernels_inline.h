// Kernel templates over a vector width of W bytes; the rules are those of genre/linalg/simd.h. `Pairs` multiplies:
//   Input                            the type of an activation
//   Floats Pairs::add(Floats sum, const Input* x, Ints w)
// adds to each lane x[0] times its first and x[1] times its second weight, which lie in the lower and upper 16 bits.
#pragma once

#include "genre/nn/bf16_kernels.h"
#include "genre/nn/product_tile_inline.h"

namespace genre::nn {

// Weights become floats by a shift.
template <int W>
struct WidenedPairs {
  using Input = float;
  using Floats = typename linalg::VectorOf<float, W>::Type;
  using Ints = typename linalg::VectorOf<std::int32_t, W>::Type;

  static inline __attribute__((always_inline)) Floats add(Floats sum, const float* x, Ints w) {
    sum += (x[0] - Floats{}) * (Floats)(w << 16);
    return sum + (x[1] - Floats{}) * (Floats)(w & static_cast<std::int32_t>(0xFFFF0000));
  }
};

template <int W>
void round_to_bf16(const float* x, std::int64_t k, std::int64_t depth, std::uint16_t* out) {
  typedef std::uint32_t Bits __attribute__((may_alias));
  for (std::int64_t i = 0; i < k; ++i) {
    const std::uint32_t bits = *reinterpret_cast<const Bits*>(x + i);
    out[i] = static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
  }
  for (std::int64_t i = k; i < depth; ++i) out[i] = 0;
}

template <int W, template <int> class Pairs, int R, int V>
void bf16_tile_rows(const void* input, std::int64_t depth, const std::uint16_t* panel, const ProductTile& tile) {
  using Floats = typename linalg::VectorOf<float, W>::Type;
  using Ints = typename linalg::VectorOf<std::int32_t, W>::Type;
  constexpr int kLanes = linalg::VectorOf<float, W>::kLanes;
  const auto* x = static_cast<const typename Pairs<W>::Input*>(input);
  for (int r = 0; r < R; ++r) __builtin_prefetch(tile.y + r * tile.ldy, 1);
  Floats sums[R][V] = {};
  for (std::int64_t k = 0; k < depth; k += 2, panel += 2 * V * kLanes) {
    Ints w[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v)
      w[v] = linalg::load<std::int32_t, W>(reinterpret_cast<const std::int32_t*>(panel + 2 * v * kLanes));
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[r][v] = Pairs<W>::add(sums[r][v], x + r * depth + k, w[v]);
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) finish_row<W, V>(tile, r, sums[r]);
}

template <int W, template <int> class Pairs, int R, int V>
void bf16_tile(const void* x, std::int64_t depth, const std::uint16_t* panel, const ProductTile& tile) {
  if (tile.rows >= R) return bf16_tile_rows<W, Pairs, R, V>(x, depth, panel, tile);
  if constexpr (R > 1) bf16_tile<W, Pairs, R - 1, V>(x, depth, panel, tile);
}

template <int W, template <int> class Pairs, int R, int V>
void bf16_rows(const void* input, std::int64_t depth, const std::uint16_t* panel, const ProductTile& tile) {
  const auto* const x = static_cast<const typename Pairs<W>::Input*>(input);
  const int step = static_cast<int>(linalg::tile_rows(tile.rows, R));
  for (int m = 0; m < tile.rows; m += step)
    bf16_tile<W, Pairs, R, V>(x + m * depth, depth, panel,
                              some_rows(tile, m, tile.rows - m < step ? tile.rows - m : step));
}

template <int W, template <int> class Pairs, int R, int V>
constexpr Bf16Kernels make_bf16_kernels(const char* name,
                                        void (*round)(const float*, std::int64_t, std::int64_t, std::uint16_t*)) {
  return {name, V * linalg::VectorOf<float, W>::kLanes, /*step=*/2, round, &bf16_rows<W, Pairs, R, V>};
}

}  // namespace genre::nn
