// Dense products. Kernels for AVX-512, AVX2 and portable C++ are chosen once at run time; GENRE_CPU caps the choice
// (instruction_sets.h). Sums run in float over the whole inner dimension K, so errors grow
// as sqrt(K) x 6e-8 of the summed sizes. All functions use the global pool unless they say "one thread"; results do not
// depend on the thread count.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "genre/linalg/activation.h"
#include "genre/linalg/matrix.h"
#include "genre/linalg/page_allocator.h"

namespace genre {

// The kernel set in use: "avx512", "avx2" or "portable".
std::string_view gemm_kernel_name();

// The right operand B (K x N) of many products, repacked once into the kernel's layout.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  // b is K x N row-major; transposed = true: b is N x K (a weight stored output-major, as checkpoints do).
  static PackedMatrix pack(ConstMatrixView b, bool transposed);
  // The same in the memory of the operand before.
  void repack(ConstMatrixView b, bool transposed);
  std::int64_t rows() const { return rows_; }  // K
  std::int64_t cols() const { return cols_; }  // N
  std::size_t bytes() const { return panels_.size() * sizeof(float); }
  const float* panels() const { return panels_.data(); }

 private:
  std::int64_t rows_ = 0, cols_ = 0;
  PageVector<float> panels_;
};

// What happens to each output row while it is in cache: c = activation(a b + bias) + residual.
struct Epilogue {
  const float* bias = nullptr;  // N, or none
  Activation activation = Activation::kNone;
  const float* residual = nullptr;  // M x N with row stride ldc, or none; may be c itself
};

// c (M x N, row stride ldc) = a (M x K, row stride lda) times b, then the epilogue. c must not overlap a.
void multiply(const float* a, std::int64_t m, std::int64_t lda, const PackedMatrix& b, float* c, std::int64_t ldc,
              const Epilogue& epilogue = {});
// The same in the calling thread.
void multiply_serial(const float* a, std::int64_t m, std::int64_t lda, const PackedMatrix& b, float* c,
                     std::int64_t ldc, const Epilogue& epilogue = {});

// c (M x N, row stride ldc) = a^T b for a (K x M, row stride lda), in the calling thread.
void multiply_serial_transposed(const float* a, std::int64_t m, std::int64_t lda, const PackedMatrix& b, float* c,
                                std::int64_t ldc, const Epilogue& epilogue = {});

// c = a b^T for row-major a (M x K) and b (N x K).
Matrix multiply_transposed(ConstMatrixView a, ConstMatrixView b);

// Dot product of two vectors of n floats. One thread.
float dot(const float* a, const float* b, std::int64_t n);
// y += factor * x. One thread.
void add_scaled(float factor, const float* x, float* y, std::int64_t n);
// out (C) = the sum of rows[r] of b (R x C), each times weights[r] (empty: 1): a sparse row times a dense matrix. The
// sums stay in registers. One thread.
void sum_rows(ConstMatrixView b, std::span<const std::int32_t> rows, std::span<const float> weights,
              std::span<float> out);

struct WeightedRows {
  std::span<const std::int32_t> rows;
  std::span<const float> weights = {};  // or empty: all 1
};
// Row q of out (Q x C) = sum_rows of sums[q], to the bit. Many sums at once read b from memory once, a panel of columns
// after the other. One thread.
void sum_rows(ConstMatrixView b, std::span<const WeightedRows> sums, MatrixView out);

}  // namespace genre
