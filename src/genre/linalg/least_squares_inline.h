// Kernel templates of least squares over sparse rows, see kernels_inline.h: the product with normal equations that are
// never formed, and the solution of small ones that are.
#pragma once

#include <cstdint>

#include "genre/linalg/simd.h"

namespace genre::linalg {

template <int W>
void add_scaled(float factor, const float* x, float* y, std::int64_t n);

// The numbers of lanes as a list, for shuffles, which want constants.
template <int... L>
struct LaneList {};
template <int N>
struct LanesOf;
template <>
struct LanesOf<4> {
  using Type = LaneList<0, 1, 2, 3>;
};
template <>
struct LanesOf<8> {
  using Type = LaneList<0, 1, 2, 3, 4, 5, 6, 7>;
};
template <>
struct LanesOf<16> {
  using Type = LaneList<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>;
};

// Where bit S of a lane's number is clear, a's lane and its neighbour S further; where it is set, b's.
template <int S, class Vec, int... L>
inline __attribute__((always_inline)) Vec fold_lanes(Vec a, Vec b, LaneList<L...>) {
  constexpr int kLanes = sizeof...(L);
  return __builtin_shufflevector(a, b, ((L & S) == 0 ? L : kLanes + L - S)...) +
         __builtin_shufflevector(a, b, ((L & S) == 0 ? L + S : kLanes + L)...);
}

// out[r] = the sum of the lanes of in[r], for R = 1 or the smaller of 8 and the number of lanes.
template <int W, int R>
inline __attribute__((always_inline)) void sum_lanes(const typename VectorOf<float, W>::Type* in, float* out) {
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  using Lanes = typename LanesOf<kLanes>::Type;
  if constexpr (R == 1) {
    float sum = 0;
    for (int l = 0; l < kLanes; ++l) sum += in[0][l];
    out[0] = sum;
  } else if constexpr (R == 4) {
    const auto sums =
        fold_lanes<2>(fold_lanes<1>(in[0], in[1], Lanes{}), fold_lanes<1>(in[2], in[3], Lanes{}), Lanes{});
    for (int r = 0; r < R; ++r) out[r] = sums[r];
  } else {
    const auto low = fold_lanes<2>(fold_lanes<1>(in[0], in[1], Lanes{}), fold_lanes<1>(in[2], in[3], Lanes{}), Lanes{});
    const auto high =
        fold_lanes<2>(fold_lanes<1>(in[4], in[5], Lanes{}), fold_lanes<1>(in[6], in[7], Lanes{}), Lanes{});
    const auto sums = fold_lanes<4>(low, high, Lanes{});
    if constexpr (kLanes == R) {
      store<float, W>(out, sums);
    } else {
      for (int r = 0; r < R; ++r) out[r] = sums[r] + sums[r + R];
    }
  }
}

// Eight rows at once: their products with x are independent sums, and `out` is read once for all of them. The second
// reading of the rows comes from the first-level cache.
template <int W, int R>
inline __attribute__((always_inline)) void add_normal_rows(const float* const* v, const float* constant,
                                                           const float* factor, const float* x, float* out,
                                                           std::int64_t n) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  Vec sums[R] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    const Vec at = load<float, W>(x + j);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[r] += load<float, W>(v[r] + j) * at;
  }
  float c[R];
  sum_lanes<W, R>(sums, c);
  for (std::int64_t t = j; t < n; ++t)
    for (int r = 0; r < R; ++r) c[r] += v[r][t] * x[t];
  Vec broadcast[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    c[r] = c[r] * factor[r] + (constant != nullptr ? constant[r] : 0.0f);
    broadcast[r] = c[r] - Vec{};
  }
  for (j = 0; j + kLanes <= n; j += kLanes) {
    Vec sum = load<float, W>(out + j);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sum += broadcast[r] * load<float, W>(v[r] + j);
    store<float, W>(out + j, sum);
  }
  for (; j < n; ++j)
    for (int r = 0; r < R; ++r) out[j] += c[r] * v[r][j];
}

template <int W>
void add_normal_product(const float* base, std::int64_t stride, const std::int32_t* rows, const float* constant,
                        const float* factor, std::int64_t count, const float* x, float* out, std::int64_t n) {
  constexpr int kLanes = VectorOf<float, W>::kLanes, kRows = kLanes < 8 ? kLanes : 8;
  std::int64_t r = 0;
  const float* v[kRows];
  for (; r + kRows <= count; r += kRows) {
    for (int g = 0; g < kRows; ++g) v[g] = base + rows[r + g] * stride;
    add_normal_rows<W, kRows>(v, constant != nullptr ? constant + r : nullptr, factor + r, x, out, n);
  }
  for (; r < count; ++r) {
    v[0] = base + rows[r] * stride;
    add_normal_rows<W, 1>(v, constant != nullptr ? constant + r : nullptr, factor + r, x, out, n);
  }
}

template <int W, int V>
void scale_into_panels(const float* x, float factor, std::int64_t n, std::int64_t depth, float* to) {
  constexpr int kLanes = VectorOf<float, W>::kLanes, kCols = V * kLanes;
  for (std::int64_t start = 0; start < n; start += kCols, to += depth * kCols) {
    if (start + kCols <= n) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) store<float, W>(to + v * kLanes, factor * load<float, W>(x + start + v * kLanes));
      continue;
    }
    for (int j = 0; j < kCols; ++j) to[j] = start + j < n ? factor * x[start + j] : 0.0f;
  }
}

// row -= sum over p of pivot p (i) * pivot p, from column `from` on.
template <int W, int P>
inline __attribute__((always_inline)) void eliminate(const float* const* pivots, std::int64_t i, float* row,
                                                     std::int64_t from, std::int64_t n) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr int kLanes = VectorOf<float, W>::kLanes;
  Vec by[P];
#pragma GCC unroll 4
  for (int p = 0; p < P; ++p) by[p] = pivots[p][i] - Vec{};
  std::int64_t j = from;
  for (; j + kLanes <= n; j += kLanes) {
    Vec x = load<float, W>(row + j);
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) x -= by[p] * load<float, W>(pivots[p] + j);
    store<float, W>(row + j, x);
  }
  for (; j < n; ++j)
    for (int p = 0; p < P; ++p) row[j] -= pivots[p][i] * pivots[p][j];
}

// A = U^T U, four pivots at a time; then U^T y = b and U x = y. Rows are worked on from the whole vector that holds the
// diagonal on: what that does left of the diagonal is never read.
template <int W>
bool solve_spd(float* a, std::int64_t n, float* b) {
  using Vec = typename VectorOf<float, W>::Type;
  constexpr int kPivots = 4, kLanes = VectorOf<float, W>::kLanes;
  for (std::int64_t k = 0; k < n; k += kPivots) {
    const int pivots = n - k < kPivots ? static_cast<int>(n - k) : kPivots;
    const float* done[kPivots];
    for (int p = 0; p < pivots; ++p) {
      float* const row = a + (k + p) * n;
      const std::int64_t from = (k + p) / kLanes * kLanes;
      for (int before = 0; before < p; ++before) eliminate<W, 1>(done + before, k + p, row, from, n);
      const float pivot = row[k + p];
      if (!(pivot > 0) || pivot > 3e38f) return false;
      const float scale = 1.0f / __builtin_sqrtf(pivot);
      std::int64_t j = from;
      for (; j + kLanes <= n; j += kLanes) store<float, W>(row + j, scale * load<float, W>(row + j));
      for (; j < n; ++j) row[j] *= scale;
      done[p] = row;
    }
    if (pivots < kPivots) break;
    for (std::int64_t i = k + kPivots; i < n; ++i) eliminate<W, kPivots>(done, i, a + i * n, i / kLanes * kLanes, n);
  }
  for (std::int64_t k = 0; k < n; ++k) {
    const float* const row = a + k * n;
    b[k] /= row[k];
    add_scaled<W>(-b[k], row + k + 1, b + k + 1, n - k - 1);
  }
  for (std::int64_t k = n; k-- > 0;) {
    const float* const row = a + k * n;
    Vec sums{};
    std::int64_t j = k + 1;
    for (; j + kLanes <= n; j += kLanes) sums += load<float, W>(row + j) * load<float, W>(b + j);
    float sum = 0;
    for (int l = 0; l < kLanes; ++l) sum += sums[l];
    for (; j < n; ++j) sum += row[j] * b[j];
    b[k] = (b[k] - sum) / row[k];
  }
  return true;
}

}  // namespace genre::linalg
