// Kernel templates over a vector width of W bytes; the rules are those of genre/linalg/simd.h. All float arithmetic is
// one rounding an operation (no contraction), so every set gives the same bits. `Quads` knows the instruction that
// multiplies bytes:
//   kTogether                                                        how many quads it takes at once
//   Ints Quads::add(Ints sum, const Ints (&x)[kTogether], const Ints (&w)[kTogether])
// adds to each 32-bit lane the products of the quads: x[i] is quad i of a row in all lanes, w[i] those of the weights.
#pragma once

#include "genre/nn/int8_kernels.h"
#include "genre/nn/product_tile_inline.h"

namespace genre::nn {

// The products without any instruction of their own: bytes multiply in 16 bits, of which pairs add up to 32.
template <int W>
struct PlainQuads {
  using Ints = typename linalg::VectorOf<std::int32_t, W>::Type;
  using Shorts = typename linalg::VectorOf<std::int16_t, W>::Type;
  static constexpr int kTogether = kQuadsInSum;

  static inline __attribute__((always_inline)) Ints add(Ints sum, const Ints (&x)[kTogether],
                                                        const Ints (&w)[kTogether]) {
    Shorts pairs{};
#pragma GCC unroll 4
    for (int i = 0; i < kTogether; ++i) {
      const Shorts a = (Shorts)x[i], b = (Shorts)w[i];
      pairs += (a & 0xFF) * ((b << 8) >> 8) + ((a >> 8) & 0xFF) * (b >> 8);
    }
    const Ints both = (Ints)pairs;
    return sum + ((both << 16) >> 16) + (both >> 16);
  }
};

template <int W>
QuantisedRow quantise_row(const float* x, std::int64_t k, std::uint8_t* q) {
  using Floats = typename linalg::VectorOf<float, W>::Type;
  using Ints = typename linalg::VectorOf<std::int32_t, W>::Type;
  constexpr int kLanes = linalg::VectorOf<float, W>::kLanes;
  typedef std::uint8_t Bytes __attribute__((vector_size(kLanes), aligned(1), may_alias));
  const std::int64_t whole = k / kLanes * kLanes;
  Floats lows{}, highs{};
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    const Floats v = linalg::load<float, W>(x + i);
    lows = v < lows ? v : lows;
    highs = v > highs ? v : highs;
  }
  float low = 0, high = 0;
#pragma GCC unroll 16
  for (int lane = 0; lane < kLanes; ++lane) {
    low = lows[lane] < low ? lows[lane] : low;
    high = highs[lane] > high ? highs[lane] : high;
  }
  for (std::int64_t i = whole; i < k; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  const float range = high - low, step = range > 0 ? range / kActivationLevels : 1.0f;
  const float inverse = range > 0 ? kActivationLevels / range : 0.0f;
  // Added to 1.5 * 2^23, a small number is rounded to an integer, which the lower bits then hold.
  constexpr float kShift = 12582912.0f;
  constexpr std::int32_t kShiftBits = 0x4B400000;
  union {
    float number;
    std::int32_t bits;
  } shifted = {-low * inverse + kShift};
  const std::int32_t zero = shifted.bits - kShiftBits;
  const float shift = kShift + static_cast<float>(zero);
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    Ints n = (Ints)(linalg::load<float, W>(x + i) * inverse + shift) - kShiftBits;
    n = n < 0 ? Ints{} : n;
    n = n > kActivationLevels ? kActivationLevels - Ints{} : n;
    *reinterpret_cast<Bytes*>(q + i) = __builtin_convertvector(n, Bytes);
  }
  for (std::int64_t i = whole; i < k; ++i) {
    shifted.number = x[i] * inverse + shift;
    const std::int32_t n = shifted.bits - kShiftBits;
    q[i] = static_cast<std::uint8_t>(n < 0 ? 0 : n > kActivationLevels ? kActivationLevels : n);
  }
  return {step, zero};
}

// Row r of the tile from the V vectors of its integer sums.
template <int W, int V>
inline __attribute__((always_inline)) void finish_int8_row(
    const ProductTile& tile, int r, QuantisedRow row, const Int8Panel& panel,
    const typename linalg::VectorOf<std::int32_t, W>::Type (&sums)[V]) {
  using Floats = typename linalg::VectorOf<float, W>::Type;
  using Ints = typename linalg::VectorOf<std::int32_t, W>::Type;
  constexpr int kLanes = linalg::VectorOf<float, W>::kLanes;
  Floats out[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    const Ints centred = sums[v] - row.zero * linalg::load<std::int32_t, W>(panel.sums + v * kLanes);
    out[v] = __builtin_convertvector(centred, Floats) * (row.step * linalg::load<float, W>(panel.scales + v * kLanes));
  }
  finish_row<W, V>(tile, r, out);
}

template <int W, template <int> class Quads, int R, int V>
void int8_tile_rows(const std::uint8_t* q, const QuantisedRow* rows, std::int64_t depth, const Int8Panel& panel,
                    const ProductTile& tile) {
  using Ints = typename linalg::VectorOf<std::int32_t, W>::Type;
  typedef std::int32_t Quad __attribute__((aligned(1), may_alias));
  constexpr int kTogether = Quads<W>::kTogether;
  for (int r = 0; r < R; ++r) __builtin_prefetch(tile.y + r * tile.ldy, 1);
  Ints sums[R][V] = {};
  const std::int8_t* w = panel.weights;
  for (std::int64_t k = 0; k < depth; k += kTogether * kQuad) {
    Ints weights[V][kTogether];
#pragma GCC unroll 4
    for (int i = 0; i < kTogether; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v, w += W)
        weights[v][i] = linalg::load<std::int32_t, W>(reinterpret_cast<const std::int32_t*>(w));
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Quad* const quads = reinterpret_cast<const Quad*>(q + r * depth + k);
      Ints x[kTogether];
#pragma GCC unroll 4
      for (int i = 0; i < kTogether; ++i) x[i] = quads[i] - Ints{};
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[r][v] = Quads<W>::add(sums[r][v], x, weights[v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) finish_int8_row<W, V>(tile, r, rows[r], panel, sums[r]);
}

template <int W, template <int> class Quads, int R, int V>
void int8_tile(const std::uint8_t* q, const QuantisedRow* rows, std::int64_t depth, const Int8Panel& panel,
               const ProductTile& tile) {
  if (tile.rows >= R) return int8_tile_rows<W, Quads, R, V>(q, rows, depth, panel, tile);
  if constexpr (R > 1) int8_tile<W, Quads, R - 1, V>(q, rows, depth, panel, tile);
}

template <int W, template <int> class Quads, int R, int V>
void int8_rows(const std::uint8_t* q, const QuantisedRow* rows, std::int64_t depth, const Int8Panel& panel,
               const ProductTile& tile) {
  const int step = static_cast<int>(linalg::tile_rows(tile.rows, R));
  for (int m = 0; m < tile.rows; m += step)
    int8_tile<W, Quads, R, V>(q + m * depth, rows + m, depth, panel,
                              some_rows(tile, m, tile.rows - m < step ? tile.rows - m : step));
}

template <int W, template <int> class Quads, int R, int V>
constexpr Int8Kernels make_int8_kernels(const char* name) {
  return {name, V * linalg::VectorOf<float, W>::kLanes, kQuad * Quads<W>::kTogether, &quantise_row<W>,
          &int8_rows<W, Quads, R, V>};
}

}  // namespace genre::nn
