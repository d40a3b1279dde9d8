// Products over an instruction set `Set`, which each source file defines for itself, so no two share an instantiation;
// the rules are those of genre/linalg/simd.h. A Set has
//   Ints, Floats; kLanes: rows of a panel in one vector, which holds one quad of each
//   load(p), quad(p): a vector of weights; four activations for every row
//   low_nibbles(v), high_nibbles(v)
//   Sum, add_nibbles(sum, q, x), nibble_sum(sum): the dot products of a block of unsigned nibbles, as 32-bit integers
//   add_bytes(sum, w, x), byte_sum(sum, x.sum): of a block of signed bytes
//   half(p), broadcast(f), to_floats(v), multiply(a, b), fused(a, b, c): a b + c
#pragma once

#include "genre/nn/block_kernels.h"

namespace genre::nn {

// R rows of activations with one panel.
template <class Set, PanelKind Kind, int R>
inline __attribute__((always_inline)) void block_tile(const std::byte* panel, std::int64_t blocks,
                                                      const ActivationBlock* x, float* y, std::int64_t ldy, int rows) {
  constexpr int kParts = static_cast<int>(kPanelRows) / Set::kLanes;
  constexpr std::int64_t kStep = panel_block_bytes(Kind), kIntegers = integer_bytes(Kind);
  constexpr int kVectors = kIntegers / 64;
  typename Set::Floats total[R][kParts];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
    for (int p = 0; p < kParts; ++p) total[i][p] = Set::broadcast(0);
  for (std::int64_t b = 0; b < blocks; ++b, panel += kStep, ++x) {
    const char* const at = reinterpret_cast<const char*>(panel);
    if constexpr (R == 1) {
      constexpr std::int64_t kAhead = 2048;
#pragma GCC unroll 16
      for (std::int64_t line = 0; line < kStep; line += 64) __builtin_prefetch(at + kAhead + line);
    }
    typename Set::Sum sum[R][kParts];
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
      for (int p = 0; p < kParts; ++p) sum[i][p] = Set::zero();
#pragma GCC unroll 8
    for (int j = 0; j < kVectors; ++j) {
#pragma GCC unroll 8
      for (int p = 0; p < kParts; ++p) {
        const auto weights = Set::load(at + 64 * j + 4 * Set::kLanes * p);
        if constexpr (Kind == PanelKind::k8Bit) {
#pragma GCC unroll 8
          for (int i = 0; i < R; ++i) Set::add_bytes(sum[i][p], weights, Set::quad(x[i * blocks].values + 4 * j));
        } else {
          const auto low = Set::low_nibbles(weights), high = Set::high_nibbles(weights);
#pragma GCC unroll 8
          for (int i = 0; i < R; ++i) {
            Set::add_nibbles(sum[i][p], low, Set::quad(x[i * blocks].values + 4 * j));
            Set::add_nibbles(sum[i][p], high, Set::quad(x[i * blocks].values + 16 + 4 * j));
          }
        }
      }
    }
    const char* const scales = at + kIntegers;
#pragma GCC unroll 8
    for (int p = 0; p < kParts; ++p) {
      const auto scale = Set::half(scales + 2 * Set::kLanes * p);
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        const ActivationBlock& block = x[i * blocks];
        const auto dot = Kind == PanelKind::k8Bit   ? Set::byte_sum(sum[i][p], block.sum)
                         : Kind == PanelKind::k4Bit ? Set::centred_nibble_sum(sum[i][p], block.sum)
                                                    : Set::nibble_sum(sum[i][p]);
        total[i][p] = Set::fused(Set::to_floats(dot), Set::multiply(scale, Set::broadcast(block.scale)), total[i][p]);
        if constexpr (Kind == PanelKind::k4BitMinimum)
          total[i][p] =
              Set::fused(Set::half(scales + 32 + 2 * Set::kLanes * p), Set::broadcast(block.scaled_sum), total[i][p]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
    alignas(64) float out[kPanelRows];
    float* const to = rows == kPanelRows ? y + i * ldy : out;
#pragma GCC unroll 8
    for (int p = 0; p < kParts; ++p) Set::store(to + Set::kLanes * p, total[i][p]);
    if (to == out)
      for (int r = 0; r < rows; ++r) y[i * ldy + r] = out[r];
  }
}

template <class Set, PanelKind Kind>
void block_product(const std::byte* panel, std::int64_t blocks, const ActivationBlock* x, std::int64_t t, float* y,
                   std::int64_t ldy, int rows) {
  constexpr int kTile = Set::kTile;  // rows of activations whose sums fit in the registers
  std::int64_t i = 0;
  for (; i + kTile <= t; i += kTile)
    block_tile<Set, Kind, kTile>(panel, blocks, x + i * blocks, y + i * ldy, ldy, rows);
  for (; i + 2 <= t; i += 2) block_tile<Set, Kind, 2>(panel, blocks, x + i * blocks, y + i * ldy, ldy, rows);
  for (; i < t; ++i) block_tile<Set, Kind, 1>(panel, blocks, x + i * blocks, y + i * ldy, ldy, rows);
}

template <class Set>
constexpr BlockKernels make_block_kernels(const char* name,
                                          void (*quantise)(const float*, std::int64_t, ActivationBlock*)) {
  return {name,
          quantise,
          {block_product<Set, PanelKind::k8Bit>, block_product<Set, PanelKind::k4Bit>,
           block_product<Set, PanelKind::k4BitMinimum>}};
}

}  // namespace genre::nn
