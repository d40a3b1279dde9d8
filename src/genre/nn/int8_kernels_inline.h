// Kernel templates over a vector width of W bytes; the rules are those of genre/linalg/simd.h. All float arithmetic is
// one rounding an operation (no contraction), so every set gives the same bits. `Quads` knows the instruction that
// multiplies bytes:
//   Ints Quads::add(Ints sum, const Ints (&x)[4], const std::int8_t* w, std::int64_t step)
// adds to each 32-bit lane the products of sixteen inputs: x[i] is quad i of a row in all lanes, w + i * step its W
// bytes of weights.
#pragma once

#include "genre/nn/int8_kernels.h"
#include "genre/nn/product_tile_inline.h"

namespace genre::nn {

// The products without any instruction of their own: bytes multiply in 16 bits, of which pairs add up to 32.
template <int W>
struct PlainQuads {
  using Ints = typename linalg::VectorOf<std::int32_t, W>::Type;
  using Shorts = typename linalg::VectorOf<std::int16_t, W>::Type;

  static inline __attribute__((always_inline)) Ints add(Ints sum, const Ints (&x)[4], const std::int8_t* w,
                                                        std::int64_t step) {
#pragma GCC unroll 4
    for (int first = 0; first < 4; first += kQuadsInSum) {
      Shorts pairs{};
#pragma GCC unroll 4
      for (int i = first; i < first + kQuadsInSum; ++i) {
        const Shorts a = (Shorts)x[i],
                     b = linalg::load<std::int16_t, W>(reinterpret_cast<const std::int16_t*>(w + i * step));
        pairs += (a & 0xFF) * ((b << 8) >> 8) + ((a >> 8) & 0xFF) * (b >> 8);
      }
      const Ints both = (Ints)pairs;
      sum += ((both << 16) >> 16) + (both >> 16);
    }
    return sum;
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

template <int W, template <int> class Quads, int R, int V>
void int8_tile_rows(const std::uint8_t* q, const QuantisedRow* rows, std::int64_t depth, const Int8Panel& panel,
                    const ProductTile& tile) {
  using Floats = typename linalg::VectorOf<float, W>::Type;
  using Ints = typename linalg::VectorOf<std::int32_t, W>::Type;
  typedef std::int32_t Quad __attribute__((aligned(1), may_alias));
  constexpr int kLanes = linalg::VectorOf<float, W>::kLanes;
  for (int r = 0; r < R; ++r) __builtin_prefetch(tile.y + r * tile.ldy, 1);
  Ints sums[R][V] = {};
  const std::int8_t* w = panel.weights;
  for (std::int64_t k = 0; k < depth; k += kInt8Step, w += kInt8Step * V * kLanes) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Quad* const quads = reinterpret_cast<const Quad*>(q + r * depth + k);
      const Ints x[4] = {quads[0] - Ints{}, quads[1] - Ints{}, quads[2] - Ints{}, quads[3] - Ints{}};
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[r][v] = Quads<W>::add(sums[r][v], x, w + v * W, V * W);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    Floats out[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const Ints centred = sums[r][v] - rows[r].zero * linalg::load<std::int32_t, W>(panel.sums + v * kLanes);
      out[v] =
          __builtin_convertvector(centred, Floats) * (rows[r].step * linalg::load<float, W>(panel.scales + v * kLanes));
    }
    finish_row<W, V>(tile, r, out);
  }
}

template <int W, template <int> class Quads, int R, int V>
void int8_tile(const std::uint8_t* q, const QuantisedRow* rows, std::int64_t depth, const Int8Panel& panel,
               const ProductTile& tile) {
  if (tile.rows >= R) return int8_tile_rows<W, Quads, R, V>(q, rows, depth, panel, tile);
  if constexpr (R > 1) int8_tile<W, Quads, R - 1, V>(q, rows, depth, panel, tile);
}

template <int W, template <int> class Quads, int R, int V>
constexpr Int8Kernels make_int8_kernels(const char* name) {
  return {name, R, V * linalg::VectorOf<float, W>::kLanes, &quantise_row<W>, &int8_tile<W, Quads, R, V>};
}

}  // namespace genre::nn
