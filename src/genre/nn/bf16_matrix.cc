#include "genre/nn/bf16_matrix.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "genre/linalg/tile_rows.h"
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
  out.rows_ = weight.rows();
  out.cols_ = weight.cols();
  out.depth_ = (out.cols_ + 1) / 2 * 2;
  const std::int64_t nr = out.kernels_->nr, padded = (out.rows_ + nr - 1) / nr * nr;
  out.weights_.assign(static_cast<std::size_t>(padded * out.depth_), 0);
  for (std::int64_t n = 0; n < out.rows_; ++n) {
    std::uint16_t* const panel = out.weights_.data() + n / nr * nr * out.depth_ + n % nr * 2;
    for (std::int64_t k = 0; k < out.cols_; ++k) panel[k / 2 * 2 * nr + k % 2] = to_bf16(weight.row(n)[k]);
  }
  return out;
}

void Bf16Matrix::multiply(ConstMatrixView x, MatrixView y, const Epilogue& epilogue) const {
  assert(x.cols() == cols_ && y.cols() == rows_ && x.rows() == y.rows());
  const bool rounds = kernels_->round != nullptr;
  thread_local std::vector<std::uint16_t> rounded;
  thread_local std::vector<float> padded;
  const std::byte* input = reinterpret_cast<const std::byte*>(x.data());
  if (rounds) {
    rounded.assign(static_cast<std::size_t>(x.rows() * depth_), 0);
    for (std::int64_t r = 0; r < x.rows(); ++r) kernels_->round(x.row(r).data(), cols_, rounded.data() + r * depth_);
    input = reinterpret_cast<const std::byte*>(rounded.data());
  } else if (depth_ != cols_) {
    padded.assign(static_cast<std::size_t>(x.rows() * depth_), 0);
    for (std::int64_t r = 0; r < x.rows(); ++r) std::ranges::copy(x.row(r), padded.data() + r * depth_);
    input = reinterpret_cast<const std::byte*>(padded.data());
  }
  const std::int64_t nr = kernels_->nr, row_bytes = depth_ * static_cast<std::int64_t>(rounds ? 2 : 4);
  for_each_block(
      x.rows(), (rows_ + nr - 1) / nr, [&](std::int64_t m0, std::int64_t m1, std::int64_t p0, std::int64_t p1) {
        alignas(64) float bias[64] = {};
        const std::int64_t step = linalg::tile_rows(m1 - m0, kernels_->mr);
        for (std::int64_t p = p0; p < p1; ++p) {
          const std::int64_t first = p * nr;
          const int cols = static_cast<int>(std::min(nr, rows_ - first));
          if (epilogue.bias != nullptr) std::copy_n(epilogue.bias + first, cols, bias);
          for (std::int64_t m = m0; m < m1; m += step) {
            const std::int64_t at = m * y.cols() + first;
            kernels_->multiply(input + m * row_bytes, depth_, weights_.data() + first * depth_,
                               {y.data() + at, y.cols(), static_cast<int>(std::min(step, m1 - m)), cols, bias,
                                epilogue.activation, epilogue.residual == nullptr ? nullptr : epilogue.residual + at});
          }
        }
      });
}

}  // namespace genre::nn
