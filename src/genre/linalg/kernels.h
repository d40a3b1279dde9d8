// The innermost loops of linalg, one set for each instruction set, chosen once at run time. Private to linalg.
#pragma once

#include <cstdint>

#include "genre/linalg/activation.h"

namespace genre::linalg {

inline constexpr std::int64_t kPanelColumns = 32;
inline constexpr std::int64_t kScanBlock = 64;
inline constexpr std::int64_t kCodePanel = 64;

struct TileEpilogue {
  const float* bias;  // NR, or null
  Activation activation;
  const float* residual;  // row stride ldc, or null
};

struct Kernels {
  const char* name;
  int float_mr, float_nr;    // rows and columns of a float tile
  int double_mr, double_nr;  // of a double tile

  // Rows [0, rows) x columns [0, cols) of c = epilogue(a b): a(i, k) = a[i * row_stride + k * k_stride], panel is
  // depth x NR. rows <= MR, cols <= NR.
  void (*float_tile)(const float* a, std::int64_t row_stride, std::int64_t k_stride, int rows, std::int64_t depth,
                     const float* panel, float* c, std::int64_t ldc, int cols, const TileEpilogue& epilogue);
  // c += factor * a b, the same layout.
  void (*double_tile)(const double* a, std::int64_t row_stride, std::int64_t k_stride, int rows, std::int64_t depth,
                      const double* panel, double factor, double* c, std::int64_t ldc, int cols);
  // sum_rows, to the bit, for kPanelColumns columns; the sums stay in registers.
  void (*sum_rows_panel)(const float* base, std::int64_t stride, const std::int32_t* rows, const float* weights,
                         std::int64_t count, float* out);
  // maxima[g] = the largest of scores[g], scores[g + groups], ..., without NaN; groups is a multiple of kScanBlock.
  void (*strided_maxima)(const float* scores, std::int64_t n, float* maxima, std::int64_t groups);
  // The first of from, from + kScanBlock, ... whose kScanBlock scores hold one above the threshold; n if none does.
  std::int64_t (*next_block_above)(const float* scores, std::int64_t n, std::int64_t from, float threshold);
  // out[j] = how many of the listed rows have bit j < 64 words; words is a multiple of 8.
  void (*bit_counts)(const std::uint64_t* bits, std::int64_t words, std::int64_t stride, const std::int32_t* rows,
                     std::int64_t count, float* out);
  // out[r] = scale[r] * (codes of row r . x) - length * slack[r] for panels of kCodePanel rows, each depth x
  // kCodePanel, in which row r is byte 4 (r mod 16) + r / 16.
  void (*coded_products)(const std::int8_t* codes, std::int64_t panels, std::int64_t depth, const float* x,
                         const float* scale, const float* slack, float length, float* out);
  float (*dot)(const float* a, const float* b, std::int64_t n);
  void (*add_scaled)(float factor, const float* x, float* y, std::int64_t n);
  // out[j] = sum over r of weights[r] * base[rows[r] * stride + j]; weights may be null (all 1).
  void (*sum_rows)(const float* base, std::int64_t stride, const std::int32_t* rows, const float* weights,
                   std::int64_t count, float* out, std::int64_t n);
  // out += sum over r of c_r v_r with v_r = base + rows[r] * stride and c_r = constant[r] + factor[r] (v_r . x);
  // constant may be null (0).
  void (*add_normal_product)(const float* base, std::int64_t stride, const std::int32_t* rows, const float* constant,
                             const float* factor, std::int64_t count, const float* x, float* out, std::int64_t n);
  // Panel p of `to` (panels of depth x NR, the first row at `to`) gets factor * x[p * NR ...], zeros beyond n.
  void (*scale_into_panels)(const float* x, float factor, std::int64_t n, std::int64_t depth, float* to);
  // Solves A x = b for the upper triangle of a positive definite n x n matrix (row stride n); A becomes its factor, b
  // becomes x. False where a pivot is not positive.
  bool (*solve_spd)(float* a, std::int64_t n, float* b);
  float (*pair_difference)(const float* u, const float* i, const float* j, std::int64_t n);  // see gradient_step.h
  void (*pair_step)(float* u, float* i, float* j, std::int64_t n, float step, float decay);
  void (*point_step)(float* u, float* i, std::int64_t n, float step, float decay);
};

const Kernels* portable_kernels();
const Kernels* avx2_kernels();    // null where the compiler has no such target
const Kernels* avx512_kernels();  // likewise

// The best that this processor and GENRE_CPU allow.
const Kernels& kernels();

}  // namespace genre::linalg
