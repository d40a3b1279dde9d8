#include "genre/nn/int8_matrix.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "genre/nn/int8_kernel_sets.h"
#include "genre/nn/product_blocks.h"

namespace genre::nn {
namespace {

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
  out.weights_ = PackedPanels<std::int8_t>(weight.rows(), weight.cols(), out.kernels_->nr, out.kernels_->step);
  const auto padded = static_cast<std::size_t>(out.weights_.panels() * out.kernels_->nr);
  out.scales_.assign(padded, 0.0f);
  out.sums_.assign(padded, 0);
  global_pool().parallel_for(static_cast<std::size_t>(out.rows()), 16, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t n = begin; n < end; ++n) {
      const auto row = static_cast<std::int64_t>(n);
      out.quantise_row(row, weight.row(row));
    }
  });
  return out;
}

void Int8Matrix::quantise_row(std::int64_t n, std::span<const float> weights) {
  float largest = 0, largest_sum = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(w));
  for_each_sum<float>(weights, [&](float sum) { largest_sum = std::max(largest_sum, sum); });
  float scale = std::max({largest / 127, largest_sum / kWeightSum, 1e-30f});
  std::vector<int> integers;
  while (!round_weights(weights, scale, integers)) scale *= 1.001f;  // rounding may add a little to a sum
  for (std::int64_t k = 0; k < cols(); ++k) {
    weights_.at(n, k) = static_cast<std::int8_t>(integers[k]);
    sums_[n] += integers[k];
  }
  scales_[n] = scale;
}

Matrix Int8Matrix::dequantised() const {
  Matrix out(rows(), cols());
  for (std::int64_t n = 0; n < rows(); ++n)
    for (std::int64_t k = 0; k < cols(); ++k) out.row(n)[k] = scales_[n] * weights_.at(n, k);
  return out;
}

void Int8Matrix::round_rows(ConstMatrixView x, MatrixView seen) {
  const Int8Kernels& kernels = int8_kernels();
  global_pool().parallel_for(static_cast<std::size_t>(x.rows()), 16, [&](std::size_t begin, std::size_t end, int) {
    std::vector<std::uint8_t> q(static_cast<std::size_t>(x.cols()));
    for (auto t = static_cast<std::int64_t>(begin); t < static_cast<std::int64_t>(end); ++t) {
      const QuantisedRow how = kernels.quantise(x.row(t).data(), x.cols(), q.data());
      for (std::int64_t k = 0; k < x.cols(); ++k)
        seen.row(t)[k] = how.step * static_cast<float>(static_cast<std::int32_t>(q[k]) - how.zero);
    }
  });
}

void Int8Matrix::multiply(ConstMatrixView x, MatrixView y, const Epilogue& epilogue) const {
  assert(x.cols() == cols() && y.cols() == rows() && x.rows() == y.rows());
  thread_local PageVector<std::uint8_t> buffer;  // what lies beyond K meets weights of 0
  thread_local std::vector<QuantisedRow> read;
  const std::int64_t depth = weights_.depth(), padded = (x.rows() + kInputRows - 1) / kInputRows * kInputRows;
  if (static_cast<std::int64_t>(buffer.size()) < padded * depth) buffer.resize(padded * depth);
  read.resize(static_cast<std::size_t>(x.rows()));
  std::uint8_t* const q = buffer.data();
  QuantisedRow* const rows = read.data();
  global_pool().parallel_for(static_cast<std::size_t>(x.rows()), 16, [&](std::size_t begin, std::size_t end, int) {
    for (auto r = static_cast<std::int64_t>(begin); r < static_cast<std::int64_t>(end); ++r)
      rows[r] = kernels_->quantise(x.row(r).data(), cols(), q + r * depth);
  });
  for_each_tile(y, weights_.nr(), epilogue, [&](std::int64_t m, std::int64_t p, const ProductTile& tile) {
    const std::int64_t first = p * weights_.nr();
    kernels_->multiply(q + m * depth, rows + m, depth,
                       {weights_.panel(p), scales_.data() + first, sums_.data() + first}, tile);
  });
}

}  // namespace genre::nn
