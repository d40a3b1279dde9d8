// Products with sparse weights: the elements that are not there cost neither memory nor time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/nn/sparse_weights.h"

namespace genre::nn {

struct SparseKernels;

// A weight W (N outputs x K inputs, K at most 65,536) as outputs in groups that read the same inputs: groups of one for
// 2:4, of four for blocks. Tokens lie in the lanes of a vector, so that each element meets 8 to 32 of them; sums are in
// float. Immutable, so shareable.
class SparseMatrix {
 public:
  // Weights that are well_formed. For the kernels of this processor, or for those that are given.
  static SparseMatrix pack(const TwoFourWeights& weights, const SparseKernels* kernels = nullptr);
  static SparseMatrix pack(const BlockWeights& weights, const SparseKernels* kernels = nullptr);

  std::int64_t rows() const { return rows_; }  // N
  std::int64_t cols() const { return cols_; }  // K
  std::size_t bytes() const;

  // y (T x N) = activation(x (T x K) W^T + bias) + residual, with row strides in floats, as Epilogue says; y is apart
  // from x. Uses the global pool. A row's bits depend on the row and the kernels alone.
  void multiply(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy,
                const Epilogue& epilogue = {}) const;

 private:
  const SparseKernels* kernels_ = nullptr;
  int group_ = 1;
  std::int64_t rows_ = 0, cols_ = 0;
  std::vector<std::int64_t> starts_;
  std::vector<std::uint16_t> columns_;
  std::vector<float> values_;
};

// The kernel set in use: "avx2" or "portable".
std::string_view sparse_kernel_name();

}  // namespace genre::nn
