// An adapter beside a weight that stays as it is: what it adds to one product.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/lm/lora.h"

namespace genre {

// Of weights that share their input, one below the other. Immutable, so shareable between threads.
class LoraProduct {
 public:
  struct Part {
    std::string module;
    std::int64_t outputs;
  };

  LoraProduct() = default;
  // Empty where the adapter leaves all of the modules alone. Throws as LoraAdapter::factors.
  LoraProduct(const LoraAdapter& adapter, const std::vector<Part>& parts, std::int64_t inputs);

  bool empty() const { return pieces_.empty(); }
  std::size_t bytes() const;

  // y (T x N) += x (T x K) down^T up^T in floats, with row strides. Uses the global pool. A row's bits do not depend on
  // the other rows.
  void add(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy) const;

 private:
  struct Piece {
    PackedMatrix down, up;
    std::int64_t first;  // of its outputs
  };
  std::vector<Piece> pieces_;
};

}  // namespace genre
