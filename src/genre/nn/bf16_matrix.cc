#include "genre/nn/bf16_matrix.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "genre/nn/bf16_kernel_sets.h"
#include "genre/nn/product_blocks.h"

namespace genre::nn {
namespace {

std::uint16_t to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

}  // namespace

std::string_view bf16_kernel_name() { return bf16_kernels().name; }

Bf16Matrix Bf16Matrix::pack(ConstMatrixView weight, const Bf16Kernels* kernels) {
  Bf16Matrix out;
  out.kernels_ = kernels == nullptr ? &bf16_kernels() : kernels;
  out.weights_ = PackedPanels<std::uint16_t>(weight.rows(), weight.cols(), out.kernels_->nr, out.kernels_->step);
  for (std::int64_t n = 0; n < weight.rows(); ++n)
    for (std::int64_t k = 0; k < weight.cols(); ++k) out.weights_.at(n, k) = to_bf16(weight.row(n)[k]);
  return out;
}

void Bf16Matrix::multiply(ConstMatrixView x, MatrixView y, const Epilogue& epilogue) const {
  assert(x.cols() == cols() && y.cols() == rows() && x.rows() == y.rows());
  thread_local PageVector<std::byte> buffer;
  const std::int64_t depth = weights_.depth(), row_bytes = depth * (kernels_->round != nullptr ? 2 : 4);
  const auto* input = reinterpret_cast<const std::byte*>(x.data());
  if (kernels_->round != nullptr || depth != cols()) {
    const std::int64_t padded = (x.rows() + kInputRows - 1) / kInputRows * kInputRows;
    if (static_cast<std::int64_t>(buffer.size()) < padded * row_bytes) buffer.resize(padded * row_bytes);
    std::byte* const rows = buffer.data();
    input = rows;
    global_pool().parallel_for(static_cast<std::size_t>(x.rows()), 16, [&](std::size_t begin, std::size_t end, int) {
      for (auto r = static_cast<std::int64_t>(begin); r < static_cast<std::int64_t>(end); ++r) {
        std::byte* const to = rows + r * row_bytes;
        if (kernels_->round != nullptr)
          kernels_->round(x.row(r).data(), cols(), depth, reinterpret_cast<std::uint16_t*>(to));
        else
          std::fill(std::ranges::copy(x.row(r), reinterpret_cast<float*>(to)).out, reinterpret_cast<float*>(to) + depth,
                    0.0f);
      }
    });
  }
  for_each_tile(y, weights_.nr(), epilogue, [&](std::int64_t m, std::int64_t p, const ProductTile& tile) {
    kernels_->multiply(input + m * row_bytes, depth, weights_.panel(p), tile);
  });
}

}  // namespace genre::nn
