#include "genre/nn/sparse_matrix.h"

#include <algorithm>
#include <cassert>

#include "genre/base/thread_pool.h"
#include "genre/nn/gated_activation.h"
#include "genre/nn/sparse_kernels.h"

namespace genre::nn {
namespace {

constexpr std::int64_t kChunk = 64;        // outputs whose sums stay in the L1 cache
constexpr std::int64_t kWideInputs = 512;  // more inputs than this leave the L1 cache with four vectors of tokens

// Tokens [first, first + count) of x as columns, padded by zeros.
void transpose(const float* x, std::int64_t ldx, std::int64_t inputs, std::int64_t count, std::int64_t padded,
               std::vector<float>& out) {
  out.resize(static_cast<std::size_t>(inputs * padded));
  for (std::int64_t k = 0; k < inputs; ++k) {
    float* const to = out.data() + k * padded;
    for (std::int64_t t = 0; t < count; ++t) to[t] = x[t * ldx + k];
    std::fill(to + count, to + padded, 0.0F);
  }
}

}  // namespace

std::string_view sparse_kernel_name() { return sparse_kernels().name; }

SparseMatrix SparseMatrix::pack(const TwoFourWeights& weights, const SparseKernels* kernels) {
  assert(well_formed(weights) && weights.cols <= 1 << 16);
  SparseMatrix out;
  out.kernels_ = kernels == nullptr ? &sparse_kernels() : kernels;
  out.rows_ = weights.rows, out.cols_ = weights.cols;
  out.values_ = weights.values;
  const std::int64_t half = weights.cols / 2;
  for (std::int64_t n = 0; n <= weights.rows; ++n) out.starts_.push_back(n * half);
  for (std::int64_t i = 0; i < std::ssize(weights.values); ++i)
    out.columns_.push_back(static_cast<std::uint16_t>(i % half / 2 * 4 + (weights.places[i / 4] >> i % 4 * 2 & 3)));
  return out;
}

SparseMatrix SparseMatrix::pack(const BlockWeights& weights, const SparseKernels* kernels) {
  assert(well_formed(weights) && weights.cols <= 1 << 16);
  constexpr std::int64_t kSide = BlockWeights::kSide;
  SparseMatrix out;
  out.kernels_ = kernels == nullptr ? &sparse_kernels() : kernels;
  out.group_ = kSide;
  out.rows_ = weights.rows, out.cols_ = weights.cols;
  for (const std::int32_t start : weights.starts) out.starts_.push_back(start * kSide);
  for (std::int64_t b = 0; b < std::ssize(weights.columns); ++b)
    for (std::int64_t j = 0; j < kSide; ++j) {
      out.columns_.push_back(static_cast<std::uint16_t>(weights.columns[b] * kSide + j));
      for (std::int64_t i = 0; i < kSide; ++i) out.values_.push_back(weights.values[(b * kSide + i) * kSide + j]);
    }
  return out;
}

std::size_t SparseMatrix::bytes() const {
  return starts_.size() * sizeof(std::int64_t) + columns_.size() * sizeof(std::uint16_t) +
         values_.size() * sizeof(float);
}

void SparseMatrix::multiply(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy,
                            const Epilogue& epilogue) const {
  const SparseGroups groups{group_, starts_.data(), columns_.data(), values_.data()};
  const int most = group_ == 1 && cols_ <= kWideInputs ? 4 : 2, lanes = kernels_->lanes;
  const std::int64_t tile = most * lanes, tiles = (t + tile - 1) / tile;
  // Few tokens are shared out by outputs as well.
  const std::int64_t whole = (rows_ + kChunk - 1) / kChunk;
  const std::int64_t parts = tiles >= 2 * global_pool().threads() ? 1 : std::min<std::int64_t>(whole, 4);
  const std::int64_t step = (whole + parts - 1) / parts * kChunk;
  const auto run = [&](std::int64_t task) {
    thread_local std::vector<float> inputs, sums;
    const std::int64_t first = task / parts * tile, count = std::min(tile, t - first);
    const int vectors = count > 2 * lanes ? 4 : count > lanes ? 2 : 1;
    const std::int64_t padded = std::int64_t{vectors} * lanes;
    transpose(x + first * ldx, ldx, cols_, count, padded, inputs);
    sums.resize(static_cast<std::size_t>(kChunk * padded));
    const std::int64_t end = std::min(rows_, (task % parts + 1) * step);
    for (std::int64_t n = task % parts * step; n < end; n += kChunk) {
      const std::int64_t outputs = std::min(kChunk, end - n);
      kernels_->multiply(groups, n / group_, (n + outputs) / group_, inputs.data(), vectors, sums.data());
      for (std::int64_t r = 0; r < count; ++r) {
        float* const row = y + (first + r) * ldy + n;
        float out[kChunk];
        for (std::int64_t i = 0; i < outputs; ++i)
          out[i] = sums[i * padded + r] + (epilogue.bias == nullptr ? 0.0F : epilogue.bias[n + i]);
        if (epilogue.activation != Activation::kNone) activate(epilogue.activation, out, outputs);
        const float* const residual =
            epilogue.residual == nullptr ? nullptr : epilogue.residual + (first + r) * ldy + n;
        for (std::int64_t i = 0; i < outputs; ++i) row[i] = residual == nullptr ? out[i] : out[i] + residual[i];
      }
    }
  };
  global_pool().parallel_for(static_cast<std::size_t>(tiles * parts), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t task = begin; task < end; ++task) run(static_cast<std::int64_t>(task));
  });
}

}  // namespace genre::nn
