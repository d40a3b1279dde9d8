// Products with 8-bit weights and activations: integers in between, so that results are the same on every processor.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/linalg/matrix.h"
#include "genre/nn/packed_panels.h"

namespace genre::nn {

struct Int8Kernels;

// A weight W (N outputs x K inputs). Each output row is integers of [-127, 127] times one scale: the smallest with
// which no integer is too large and no sum of products overflows 16 bits (int8_kernels.h). Each row of activations
// becomes integers of [0, 255] as it comes in: the range of the row, with 0 in it, in 255 steps. Immutable, so
// shareable. Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
// Inference" (2018).
class Int8Matrix {
 public:
  Int8Matrix() = default;
  // Repacks for the kernels of this processor, or for those that are given.
  static Int8Matrix pack(ConstMatrixView weight, const Int8Kernels* kernels = nullptr);

  std::int64_t rows() const { return weights_.rows(); }  // N
  std::int64_t cols() const { return weights_.cols(); }  // K
  std::size_t bytes() const { return weights_.bytes() + 4 * (scales_.size() + sums_.size()); }
  // W as the product sees it.
  Matrix dequantised() const;

  // What a product reads of x (T x K): each row rounded to the 256 levels of its range. `seen` has the shape of x and
  // may be x itself.
  static void round_rows(ConstMatrixView x, MatrixView seen);

  // y (T x N) = activation(x (T x K) W^T + bias) + residual, as Epilogue says; y is apart from x. Uses the global pool.
  // A row's bits depend on nothing but the row: not on other rows, threads or kernels. x is finite.
  void multiply(ConstMatrixView x, MatrixView y, const Epilogue& epilogue = {}) const;

 private:
  void quantise_row(std::int64_t n, std::span<const float> weights);

  const Int8Kernels* kernels_ = nullptr;
  PackedPanels<std::int8_t> weights_;
  std::vector<float> scales_;       // of whole panels, as the sums
  std::vector<std::int32_t> sums_;  // of each row's integers
};

// The kernel set in use: "amx", "avx512vnni", "avxvnni", "avx2" or "portable".
std::string_view int8_kernel_name();

}  // namespace genre::nn
