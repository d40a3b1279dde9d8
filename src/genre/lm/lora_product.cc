#include "genre/lm/lora_product.h"

namespace genre {

LoraProduct::LoraProduct(const LoraAdapter& adapter, const std::vector<Part>& parts, std::int64_t inputs) {
  std::int64_t first = 0;
  for (const auto& [module, outputs] : parts) {
    if (const auto factors = adapter.factors(module, outputs, inputs))
      pieces_.push_back({PackedMatrix::pack(factors->down, /*transposed=*/true),
                         PackedMatrix::pack(factors->up, /*transposed=*/true), first});
    first += outputs;
  }
}

std::size_t LoraProduct::bytes() const {
  std::size_t sum = 0;
  for (const Piece& piece : pieces_) sum += piece.down.bytes() + piece.up.bytes();
  return sum;
}

void LoraProduct::add(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy) const {
  for (const auto& [down, up, first] : pieces_) {
    Matrix narrow(t, down.cols());
    multiply(x, t, ldx, down, narrow.data(), narrow.cols());
    multiply(narrow.data(), t, narrow.cols(), up, y + first, ldy,
             {.bias = nullptr, .activation = Activation::kNone, .residual = y + first});
  }
}

}  // namespace genre
