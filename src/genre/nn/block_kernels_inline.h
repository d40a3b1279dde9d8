// Products over an instruction set `Set`, which each source file defines for itself, so no two share an instantiation;
// the rules are those of genre/linalg/simd.h. A Set has
//   Ints, Floats; kLanes: rows of a panel in one vector, which holds one quad of each
//   kGroup: rows of activations whose sums fit in the registers
//   load(p), quad(p): a vector of weights; four activations for every row
//   low_nibbles(v), high_nibbles(v)
//   Sum, add_nibbles(sum, q, x), nibble_sum(sum): the dot products of a block of unsigned nibbles, as 32-bit integers
//   add_bytes(sum, w, x), byte_sum(sum, x.sum): of a block of signed bytes
//   half(p), broadcast(f), to_floats(v), multiply(a, b), fused(a, b, c): a b + c
#pragma once

#include "genre/nn/block_kernels.h"

namespace genre::nn {

inline constexpr std::int64_t kPrefetch = 4096;  // bytes ahead; within rows the processor's own prefetcher stays behind

// A group of R rows of activations with Parts vectors of rows of a panel, from its vector `first` on.
template <class Set, PanelKind Kind, int R, int Parts>
inline __attribute__((always_inline)) void block_tile(const std::byte* panel, int first, std::int64_t blocks,
                                                      const ActivationBlock* x, float* y, std::int64_t ldy, int rows) {
  constexpr std::int64_t kStep = panel_block_bytes(Kind), kIntegers = integer_bytes(Kind);
  constexpr int kVectors = kIntegers / 64;
  typename Set::Floats total[R][Parts];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
    for (int p = 0; p < Parts; ++p) total[i][p] = Set::broadcast(0);
  const char* at = reinterpret_cast<const char*>(panel) + 4 * Set::kLanes * first;
  const char* scales = reinterpret_cast<const char*>(panel) + kIntegers + 2 * Set::kLanes * first;
  for (std::int64_t b = 0; b < blocks; ++b, at += kStep, scales += kStep, x += R) {
    if constexpr (R == 1) {
#pragma GCC unroll 16
      for (std::int64_t line = 0; line < kStep; line += 64) __builtin_prefetch(at + kPrefetch + line);
    }
    typename Set::Sum sum[R][Parts];
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
      for (int p = 0; p < Parts; ++p) sum[i][p] = Set::zero();
#pragma GCC unroll 8
    for (int j = 0; j < kVectors; ++j) {
#pragma GCC unroll 8
      for (int p = 0; p < Parts; ++p) {
        const auto weights = Set::load(at + 64 * j + 4 * Set::kLanes * p);
        if constexpr (Kind == PanelKind::k8Bit) {
#pragma GCC unroll 8
          for (int i = 0; i < R; ++i) Set::add_bytes(sum[i][p], weights, Set::quad(x[i].values + 4 * j));
        } else {
          const auto low = Set::low_nibbles(weights), high = Set::high_nibbles(weights);
#pragma GCC unroll 8
          for (int i = 0; i < R; ++i) Set::add_nibbles(sum[i][p], low, Set::quad(x[i].values + 4 * j));
#pragma GCC unroll 8
          for (int i = 0; i < R; ++i) Set::add_nibbles(sum[i][p], high, Set::quad(x[i].values + 16 + 4 * j));
        }
      }
    }
#pragma GCC unroll 8
    for (int p = 0; p < Parts; ++p) {
      const auto scale = Set::half(scales + 2 * Set::kLanes * p);
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        const ActivationBlock& block = x[i];
        const auto dot = Kind == PanelKind::k8Bit   ? Set::byte_sum(sum[i][p], block.sum)
                         : Kind == PanelKind::k4Bit ? Set::centred_nibble_sum(sum[i][p], block.sum)
                                                    : Set::nibble_sum(sum[i][p]);
        total[i][p] = Set::fused(Set::to_floats(dot), Set::multiply(scale, Set::broadcast(block.scale)), total[i][p]);
      }
      if constexpr (Kind == PanelKind::k4BitMinimum) {
        const auto minimum = Set::half(scales + 2 * kPanelRows + 2 * Set::kLanes * p);
#pragma GCC unroll 8
        for (int i = 0; i < R; ++i) total[i][p] = Set::fused(minimum, Set::broadcast(x[i].scaled_sum), total[i][p]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 8
    for (int p = 0; p < Parts; ++p) {
      const int row = Set::kLanes * (first + p);
      if (row + Set::kLanes <= rows) {
        Set::store(y + i * ldy + row, total[i][p]);
      } else {
        alignas(64) float out[Set::kLanes];
        Set::store(out, total[i][p]);
        for (int r = row; r < rows; ++r) y[i * ldy + r] = out[r - row];
      }
    }
  }
}

// All vectors of a panel at once for one row of activations, whose weights come from memory; one after the other for
// several, whose sums then stay in the registers.
template <class Set, PanelKind Kind, int R>
inline __attribute__((always_inline)) void block_rows(const std::byte* panel, std::int64_t blocks,
                                                      const ActivationBlock* x, float* y, std::int64_t ldy, int rows) {
  constexpr int kParts = static_cast<int>(kPanelRows) / Set::kLanes, kTogether = R == 1 ? kParts : 1;
  for (int part = 0; part < kParts; part += kTogether)
    block_tile<Set, Kind, R, kTogether>(panel, part, blocks, x, y, ldy, rows);
}

template <class Set, PanelKind Kind, int R>
inline __attribute__((always_inline)) void last_rows(const std::byte* panel, std::int64_t blocks,
                                                     const ActivationBlock* x, std::int64_t t, float* y,
                                                     std::int64_t ldy, int rows) {
  if constexpr (R > 0) {
    if (t == R)
      block_rows<Set, Kind, R>(panel, blocks, x, y, ldy, rows);
    else
      last_rows<Set, Kind, R - 1>(panel, blocks, x, t, y, ldy, rows);
  }
}

template <class Set, PanelKind Kind>
void block_product(const std::byte* panel, std::int64_t blocks, const ActivationBlock* x, std::int64_t t, float* y,
                   std::int64_t ldy, int rows) {
  constexpr int kGroup = Set::kGroup;
  for (; t >= kGroup; t -= kGroup, x += kGroup * blocks, y += kGroup * ldy)
    block_rows<Set, Kind, kGroup>(panel, blocks, x, y, ldy, rows);
  last_rows<Set, Kind, kGroup - 1>(panel, blocks, x, t, y, ldy, rows);
}

template <class Set>
constexpr BlockKernels make_block_kernels(const char* name, BlockKernels::Quantise quantise) {
  return {name,
          Set::kGroup,
          quantise,
          {block_product<Set, PanelKind::k8Bit>, block_product<Set, PanelKind::k4Bit>,
           block_product<Set, PanelKind::k4BitMinimum>}};
}

}  // namespace genre::nn
