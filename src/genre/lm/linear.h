// A product with a weight of an encoder, in the precision that the encoder was loaded with.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/linalg/matrix.h"
#include "genre/lm/compact_linear.h"
#include "genre/nn/bf16_matrix.h"
#include "genre/nn/int8_matrix.h"

namespace genre {

enum class EncoderPrecision {
  kFp32,
  kBf16,  // weights in bf16, products as nn::Bf16Matrix
  kInt8,  // weights and activations in 8 bits, products as nn::Int8Matrix
};

// "fp32", "bf16" or "int8". Throws Error(kConfig) for another name.
EncoderPrecision encoder_precision(std::string_view name);
// The kernel set of the precision's products on this processor, such as "avx2".
std::string_view encoder_kernel_name(EncoderPrecision precision);

// y = activation(x W^T + b) + residual. Immutable, so shareable between threads.
class Linear {
 public:
  Linear() = default;
  // weight is W, N x K (output-major, as checkpoints store it); it is repacked and not kept. bias has N elements, or
  // none.
  Linear(ConstMatrixView weight, std::vector<float> bias, EncoderPrecision precision);
  // Weights in compact forms, one below the other, which stay compact: products of floats.
  Linear(const std::vector<CompactWeight>& weights, std::int64_t outputs, std::int64_t inputs, std::vector<float> bias);

  std::int64_t inputs() const { return inputs_; }    // K
  std::int64_t outputs() const { return outputs_; }  // N
  std::size_t bytes() const;

  // x is T x K, y T x N and apart from x; residual is T x N without gaps, or none, and may be y itself. Uses the global
  // pool. A row's bits do not depend on the other rows.
  void apply(ConstMatrixView x, MatrixView y, Activation activation = Activation::kNone,
             const float* residual = nullptr) const;

 private:
  std::int64_t inputs_ = 0, outputs_ = 0;
  std::variant<PackedMatrix, nn::Bf16Matrix, nn::Int8Matrix, CompactLinear> weight_;
  std::vector<float> bias_;
};

}  // namespace genre
