// Kernel templates over a vector width of W bytes. Each instruction set has one source
// file that instantiates them with its own W, so no two files share an instantiation. No standard header may be used
// here: an inline function compiled for AVX-512 must never be the one that the linker keeps for everybody.
#pragma once

#include "genre/linalg/activation_inline.h"
#include "genre/linalg/bit_counts_inline.h"
#include "genre/linalg/gradient_step_inline.h"
#include "genre/linalg/kernels.h"
#include "genre/linalg/least_squares_inline.h"
#include "genre/linalg/product_search_inline.h"
#include "genre/linalg/simd.h"
#include "genre/linalg/top_k_inline.h"

namespace genre::linalg {

// out (MR x NR) = a b for one tile; NR is V vectors of W bytes. On the way the tile's place in c is fetched, a row a
// step: what follows would wait for those lines, and asking for all of them at once would hold up the operands.
template <class T, int W, int R, int V>
inline __attribute__((always_inline)) void accumulate(const T* a, std::int64_t row_stride, std::int64_t k_stride,
                                                      std::int64_t depth, const T* panel, const T* c, std::int64_t ldc,
                                                      T* out) {
  using Vec = typename VectorOf<T, W>::Type;
  constexpr int kLanes = VectorOf<T, W>::kLanes;
  constexpr std::int64_t kLine = 64 / sizeof(T);
  Vec acc[R][V] = {};
  const auto step = [&]() __attribute__((always_inline)) {
    Vec b[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) b[v] = load<T, W>(panel + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vec x = a[r * row_stride] - Vec{};  // broadcast
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) acc[r][v] += x * b[v];
    }
    a += k_stride;
    panel += V * kLanes;
  };
  std::int64_t k = 0;
  for (; k < R && k < depth; ++k, c += ldc) {
#pragma GCC unroll 4
    for (std::int64_t line = 0; line < V * kLanes; line += kLine) __builtin_prefetch(c + line, 1);
    __builtin_prefetch(c + V * kLanes - 1, 1);
    step();
  }
  for (; k < depth; ++k) step();
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) store<T, W>(out + (r * V + v) * kLanes, acc[r][v]);
}

template <int W, int R, int V>
void float_tile_rows(const float* a, std::int64_t row_stride, std::int64_t k_stride, std::int64_t depth,
                     const float* panel, float* c, std::int64_t ldc, int cols, const TileEpilogue& epilogue) {
  constexpr int kLanes = VectorOf<float, W>::kLanes, kCols = V * kLanes;
  alignas(64) float out[R * kCols];
  accumulate<float, W, R, V>(a, row_stride, k_stride, depth, panel, c, ldc, out);
  const bool whole = cols == kCols;
  for (int r = 0; r < R; ++r) {
    float* const to = c + r * ldc;
    float* const from = out + r * kCols;
    const float* const residual = epilogue.residual == nullptr ? nullptr : epilogue.residual + r * ldc;
    for (int v = 0; v < V; ++v) {
      auto x = load<float, W>(from + v * kLanes);
      if (epilogue.bias != nullptr) x += load<float, W>(epilogue.bias + v * kLanes);
      x = activate<W>(epilogue.activation, x);
      if (whole && residual != nullptr) x += load<float, W>(residual + v * kLanes);
      store<float, W>((whole ? to : from) + v * kLanes, x);
    }
    if (whole) continue;
    for (int j = 0; j < cols; ++j) to[j] = residual == nullptr ? from[j] : from[j] + residual[j];
  }
}

template <int W, int R, int V>
void double_tile_rows(const double* a, std::int64_t row_stride, std::int64_t k_stride, std::int64_t depth,
                      const double* panel, double factor, double* c, std::int64_t ldc, int cols) {
  constexpr int kCols = V * VectorOf<double, W>::kLanes;
  alignas(64) double out[R * kCols];
  accumulate<double, W, R, V>(a, row_stride, k_stride, depth, panel, c, ldc, out);
  for (int r = 0; r < R; ++r)
    for (int j = 0; j < cols; ++j) c[r * ldc + j] += factor * out[r * kCols + j];
}

template <int W, int R, int V>
void float_tile(const float* a, std::int64_t row_stride, std::int64_t k_stride, int rows, std::int64_t depth,
                const float* panel, float* c, std::int64_t ldc, int cols, const TileEpilogue& epilogue) {
  if (rows >= R) return float_tile_rows<W, R, V>(a, row_stride, k_stride, depth, panel, c, ldc, cols, epilogue);
  if constexpr (R > 1) float_tile<W, R - 1, V>(a, row_stride, k_stride, rows, depth, panel, c, ldc, cols, epilogue);
}

template <int W, int R, int V>
void double_tile(const double* a, std::int64_t row_stride, std::int64_t k_stride, int rows, std::int64_t depth,
                 const double* panel, double factor, double* c, std::int64_t ldc, int cols) {
  if (rows >= R) return double_tile_rows<W, R, V>(a, row_stride, k_stride, depth, panel, factor, c, ldc, cols);
  if constexpr (R > 1) double_tile<W, R - 1, V>(a, row_stride, k_stride, rows, depth, panel, factor, c, ldc, cols);
}

template <int W>
float dot(const float* a, const float* b, std::int64_t n) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  Vec acc[4] = {};
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes)
#pragma GCC unroll 4
    for (int u = 0; u < 4; ++u) acc[u] += load<float, W>(a + i + u * kLanes) * load<float, W>(b + i + u * kLanes);
  const Vec sum = (acc[0] + acc[1]) + (acc[2] + acc[3]);
  float out = 0;
  for (int lane = 0; lane < kLanes; ++lane) out += sum[lane];
  for (; i < n; ++i) out += a[i] * b[i];
  return out;
}

template <int W>
void add_scaled(float factor, const float* x, float* y, std::int64_t n) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store<float, W>(y + i, load<float, W>(y + i) + factor * load<float, W>(x + i));
  for (; i < n; ++i) y[i] += factor * x[i];
}

// out += weighted sum of R rows. Rows are read from end to end, several at once: the processor fetches such streams
// ahead, while jumping between rows for every few columns waits for memory.
template <int W, int R>
inline __attribute__((always_inline)) void add_rows(const float* const* rows, const float* weights, float* out,
                                                    std::int64_t n, bool first) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    Vec sum = first ? Vec{} : load<float, W>(out + j);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sum += weights[r] * load<float, W>(rows[r] + j);
    store<float, W>(out + j, sum);
  }
  for (; j < n; ++j) {
    float sum = first ? 0 : out[j];
    for (int r = 0; r < R; ++r) sum += weights[r] * rows[r][j];
    out[j] = sum;
  }
}

// V: rows read at once. Blocks of columns keep `out` in the first-level cache.
template <int W, int V>
void sum_rows(const float* base, std::int64_t stride, const std::int32_t* rows, const float* weights,
              std::int64_t count, float* out, std::int64_t n) {
  constexpr std::int64_t kBlock = 4096;
  if (count == 0)
    for (std::int64_t j = 0; j < n; ++j) out[j] = 0;
  for (std::int64_t start = 0; start < n; start += kBlock) {
    const std::int64_t columns = n - start < kBlock ? n - start : kBlock;
    for (std::int64_t r = 0; r < count;) {
      const bool whole = r + V <= count;
      const float* from[V];
      float factors[V];
      const int group = whole ? V : 1;
      for (int g = 0; g < group; ++g) {
        from[g] = base + rows[r + g] * stride + start;
        factors[g] = weights != nullptr ? weights[r + g] : 1.0f;
      }
      if (whole)
        add_rows<W, V>(from, factors, out + start, columns, r == 0);
      else
        add_rows<W, 1>(from, factors, out + start, columns, r == 0);
      r += group;
    }
  }
}

// Sums one column after the rows before it, as add_rows does, so that both give the same bits.
template <int W, bool kWeighted>
inline __attribute__((always_inline)) void sum_panel(const float* base, std::int64_t stride, const std::int32_t* rows,
                                                     const float* weights, std::int64_t count, float* out) {
  constexpr int kLanes = VectorOf<float, W>::kLanes, kVectors = kPanelColumns / kLanes;
  using Vec = typename VectorOf<float, W>::Type;
  Vec sums[kVectors] = {};
  for (std::int64_t r = 0; r < count; ++r) {
    const float* const from = base + rows[r] * stride;
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const Vec x = load<float, W>(from + v * kLanes);
      if constexpr (kWeighted)
        sums[v] += weights[r] * x;
      else
        sums[v] += x;
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) store<float, W>(out + v * kLanes, sums[v]);
}

template <int W>
void sum_rows_panel(const float* base, std::int64_t stride, const std::int32_t* rows, const float* weights,
                    std::int64_t count, float* out) {
  if (weights != nullptr)
    sum_panel<W, true>(base, stride, rows, weights, count, out);
  else
    sum_panel<W, false>(base, stride, rows, weights, count, out);
}

// MR rows by V vectors: 12 or 24 sums, two or more operands, all in registers.
template <int W, int R, int V, int SumRows>
constexpr Kernels make_kernels(const char* name) {
  return {name,
          R,
          V * VectorOf<float, W>::kLanes,
          R,
          V * VectorOf<double, W>::kLanes,
          &float_tile<W, R, V>,
          &double_tile<W, R, V>,
          &sum_rows_panel<W>,
          &strided_maxima<W>,
          &next_block_above<W>,
          &bit_counts<W>,
          &coded_products<W>,
          &dot<W>,
          &add_scaled<W>,
          &sum_rows<W, SumRows>,
          &add_normal_product<W>,
          &scale_into_panels<W, V>,
          &solve_spd<W>,
          &pair_difference<W>,
          &pair_step<W>,
          &point_step<W>};
}

}  // namespace genre::linalg
