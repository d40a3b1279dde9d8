// Products with bf16 weights: half the memory of floats, sums in float.
#pragma once

#include <cstdint>
#include <string_view>

#include "genre/linalg/gemm.h"
#include "genre/linalg/matrix.h"
#include "genre/nn/packed_panels.h"

namespace genre::nn {

struct Bf16Kernels;

// A weight W (N outputs x K inputs), rounded to nearest even. Where the processor multiplies bf16 numbers (AMX,
// AVX-512 BF16) activations are rounded too; elsewhere they stay floats and so do the products. Immutable, so
// shareable.
class Bf16Matrix {
 public:
  Bf16Matrix() = default;
  // Repacks for the kernels of this processor, or for those that are given.
  static Bf16Matrix pack(ConstMatrixView weight, const Bf16Kernels* kernels = nullptr);

  std::int64_t rows() const { return weights_.rows(); }  // N
  std::int64_t cols() const { return weights_.cols(); }  // K
  std::size_t bytes() const { return weights_.bytes(); }

  // y (T x N) = activation(x (T x K) W^T + bias) + residual, as Epilogue says; y is apart from x. Uses the global pool.
  // A row's bits depend on the row and the kernels alone.
  void multiply(ConstMatrixView x, MatrixView y, const Epilogue& epilogue = {}) const;

 private:
  const Bf16Kernels* kernels_ = nullptr;
  PackedPanels<std::uint16_t> weights_;
};

// The kernel set in use: "amx", "avx512bf16", "avx512", "avx2" or "portable".
std::string_view bf16_kernel_name();

}  // namespace genre::nn
