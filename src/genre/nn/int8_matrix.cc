#include "genre/nn/int8_matrix.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "genre/linalg/tile_rows.h"
#include "genre/nn/int8_kernel_sets.h"
#include "genre/nn/product_blocks.h"

namespace genre::nn {
namespace {

constexpr int kQuad = 4;

// Calls body with the sum of the positive and of the negative parts of weights that meet in one 16-bit sum.
template <class T, class Body>
void for_each_sum(std::span<const T> weights, Body body) {
  constexpr std::size_t kTogether = kQuadsInSum * kQuad;
  for (std::size_t first = 0; first < weights.size(); first += kTogether) {
    std::array<T, 4> sums{};
    for (std::size_t i = first; i < std::min(first + kTogether, weights.size()); ++i) {
      const std::size_t half = i % kQuad / 2;
      (weights[i] > 0 ? sums[half] : sums[2 + half]) += weights[i];
    }
    for (const T sum : sums) body(std::abs(sum));
  }
}

// The integers nearest to weights / scale; false where a sum of them can overflow.
bool round_weights(std::span<const float> weights, float scale, std::vector<int>& out) {
  out.clear();
  for (const float w : weights) out.push_back(static_cast<int>(std::nearbyint(w / scale)));
  int largest = 0;
  for_each_sum<int>(out, [&](int sum) { largest = std::max(largest, sum); });
  return largest <= kWeightSum && std::ranges::all_of(out, [](int w) { return std::abs(w) <= 127; });
}

}  // namespace

std::string_view int8_kernel_name() { return int8_kernels().name; }

Int8Matrix Int8Matrix::pack(ConstMatrixView weight, const Int8Kernels* kernels) {
  Int8Matrix out;
  out.kernels_ = kernels == nullptr ? &int8_kernels() : kernels;
  out.rows_ = weight.rows();
  out.cols_ = weight.cols();
  out.depth_ = (out.cols_ + kInt8Step - 1) / kInt8Step * kInt8Step;
  const std::int64_t nr = out.kernels_->nr, padded = (out.rows_ + nr - 1) / nr * nr;
  out.weights_.assign(static_cast<std::size_t>(padded * out.depth_), 0);
  out.scales_.assign(static_cast<std::size_t>(padded), 0.0f);
  out.sums_.assign(static_cast<std::size_t>(padded), 0);
  for (std::int64_t n = 0; n < out.rows_; ++n) out.quantise_row(n, weight.row(n));
  return out;
}

void Int8Matrix::quantise_row(std::int64_t n, std::span<const float> weights) {
  float largest = 0, largest_sum = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(w));
  for_each_sum<float>(weights, [&](float sum) { largest_sum = std::max(largest_sum, sum); });
  float scale = std::max({largest / 127, largest_sum / kWeightSum, 1e-30f});
  std::vector<int> integers;
  while (!round_weights(weights, scale, integers)) scale *= 1.001f;  // rounding may add a little to a sum
  const std::int64_t nr = kernels_->nr;
  std::int8_t* const panel = weights_.data() + n / nr * nr * depth_ + n % nr * kQuad;
  for (std::int64_t k = 0; k < cols_; ++k) {
    panel[k / kQuad * kQuad * nr + k % kQuad] = static_cast<std::int8_t>(integers[k]);
    sums_[n] += integers[k];
  }
  scales_[n] = scale;
}

Matrix Int8Matrix::dequantised() const {
  Matrix out(rows_, cols_);
  const std::int64_t nr = kernels_ == nullptr ? 1 : kernels_->nr;
  for (std::int64_t n = 0; n < rows_; ++n)
    for (std::int64_t k = 0; k < cols_; ++k)
      out.row(n)[k] = scales_[n] * weights_[n / nr * nr * depth_ + n % nr * kQuad + k / kQuad * kQuad * nr + k % kQuad];
  return out;
}

void Int8Matrix::multiply(ConstMatrixView x, MatrixView y, const Epilogue& epilogue) const {
  assert(x.cols() == cols_ && y.cols() == rows_ && x.rows() == y.rows());
  thread_local std::vector<std::uint8_t> buffer;
  thread_local std::vector<QuantisedRow> read;
  buffer.resize(static_cast<std::size_t>(x.rows() * depth_));  // what lies beyond K meets weights of 0
  read.resize(static_cast<std::size_t>(x.rows()));
  std::uint8_t* const q = buffer.data();
  QuantisedRow* const rows = read.data();
  global_pool().parallel_for(static_cast<std::size_t>(x.rows()), 16, [&](std::size_t begin, std::size_t end, int) {
    for (auto r = static_cast<std::int64_t>(begin); r < static_cast<std::int64_t>(end); ++r)
      rows[r] = kernels_->quantise(x.row(r).data(), cols_, q + r * depth_);
  });
  const std::int64_t nr = kernels_->nr;
  for_each_block(
      x.rows(), (rows_ + nr - 1) / nr, [&](std::int64_t m0, std::int64_t m1, std::int64_t p0, std::int64_t p1) {
        alignas(64) float bias[64] = {};
        const std::int64_t step = linalg::tile_rows(m1 - m0, kernels_->mr);
        for (std::int64_t p = p0; p < p1; ++p) {
          const std::int64_t first = p * nr;
          const int cols = static_cast<int>(std::min(nr, rows_ - first));
          if (epilogue.bias != nullptr) std::copy_n(epilogue.bias + first, cols, bias);
          const Int8Panel panel{weights_.data() + first * depth_, scales_.data() + first, sums_.data() + first};
          for (std::int64_t m = m0; m < m1; m += step) {
            const std::int64_t at = m * y.cols() + first;
            kernels_->multiply(q + m * depth_, rows + m, depth_, panel,
                               {y.data() + at, y.cols(), static_cast<int>(std::min(step, m1 - m)), cols, bias,
                                epilogue.activation, epilogue.residual == nullptr ? nullptr : epilogue.residual + at});
          }
        }
      });
}

}  // namespace genre::nn
