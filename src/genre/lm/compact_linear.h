// Products with weights that lie in a compact form.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/linalg/matrix.h"
#include "genre/lm/compact_weight.h"
#include "genre/nn/sparse_matrix.h"

namespace genre {

// Several weights that share their input, one below the other. Immutable, so shareable between threads.
class CompactLinear {
 public:
  CompactLinear() = default;
  // Of one number of inputs.
  explicit CompactLinear(const std::vector<CompactWeight>& weights);

  std::size_t bytes() const;

  // As Linear::apply: y (T x N) = activation(x (T x K) W^T + bias) + residual. Uses the global pool.
  void multiply(ConstMatrixView x, MatrixView y, const Epilogue& epilogue = {}) const;

 private:
  struct Factors {
    PackedMatrix right, left;
  };
  struct Part {
    std::variant<Factors, nn::SparseMatrix> weight;
    std::int64_t first;  // of its outputs
  };
  std::vector<Part> parts_;
};

}  // namespace genre
