// A product with a weight of an encoder, in the precision that the encoder was loaded with.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/linalg/matrix.h"

namespace genre {

enum class EncoderPrecision { kFp32 };

// y = activation(x W^T + b) + residual. Immutable, so shareable between threads.
class Linear {
 public:
  Linear() = default;
  // weight is W, N x K (output-major, as checkpoints store it); it is repacked and not kept. bias has N elements, or
  // none.
  Linear(ConstMatrixView weight, std::vector<float> bias, EncoderPrecision precision);

  std::int64_t inputs() const { return weight_.rows(); }   // K
  std::int64_t outputs() const { return weight_.cols(); }  // N
  std::size_t bytes() const { return weight_.bytes() + bias_.size() * sizeof(float); }

  // x is T x K, y T x N and apart from x; residual is T x N without gaps, or none, and may be y itself. Uses the global
  // pool.
  void apply(ConstMatrixView x, MatrixView y, Activation activation = Activation::kNone,
             const float* residual = nullptr) const;

 private:
  PackedMatrix weight_;
  std::vector<float> bias_;
};

}  // namespace genre
