#include "genre/linalg/gemm.h"

#include <algorithm>

#include "genre/base/thread_pool.h"
#include "genre/linalg/kernels.h"
#include "genre/linalg/tile_rows.h"

namespace genre {
namespace {

using linalg::Kernels;
using linalg::kernels;

constexpr std::int64_t kRowBlock = 192;  // rows of a, at most, whose slice stays in the L2 cache
constexpr std::int64_t kPanelBlock = 8;  // panels, at most, that one task takes when there are few rows

// The left operand: element (i, k) is data[i * row_stride + k * k_stride].
struct Left {
  const float* data;
  std::int64_t row_stride, k_stride;
};

// Rows [m0, m1) x panels [p0, p1) of the product.
void multiply_block(const Left& a, std::int64_t m0, std::int64_t m1, const PackedMatrix& b, std::int64_t p0,
                    std::int64_t p1, float* c, std::int64_t ldc, const Epilogue& epilogue) {
  const Kernels& k = kernels();
  alignas(64) float padded_bias[64] = {};
  const std::int64_t step = m1 > m0 ? linalg::tile_rows(m1 - m0, k.float_mr) : 1;
  for (std::int64_t p = p0; p < p1; ++p) {
    const std::int64_t first = p * k.float_nr;
    const int cols = static_cast<int>(std::min<std::int64_t>(k.float_nr, b.cols() - first));
    const float* bias = epilogue.bias == nullptr ? nullptr : epilogue.bias + first;
    if (bias != nullptr && cols < k.float_nr) {
      std::copy_n(bias, cols, padded_bias);
      bias = padded_bias;
    }
    const float* const panel = b.panels() + p * b.rows() * k.float_nr;
    for (std::int64_t m = m0; m < m1; m += step) {
      const int rows = static_cast<int>(std::min(step, m1 - m));
      float* const to = c + m * ldc + first;
      const linalg::TileEpilogue tile{bias, epilogue.activation,
                                      epilogue.residual == nullptr ? nullptr : epilogue.residual + m * ldc + first};
      k.float_tile(a.data + m * a.row_stride, a.row_stride, a.k_stride, rows, b.rows(), panel, to, ldc, cols, tile);
    }
  }
}

// Of each block but the last: as even as whole tiles allow, because a block of few rows reads the panels for little.
std::int64_t rows_of_block(std::int64_t m) {
  const std::int64_t mr = kernels().float_mr;
  return m == 0 ? mr : (linalg::tile_rows(m, kRowBlock) + mr - 1) / mr * mr;
}

std::int64_t panel_count(const PackedMatrix& b) {
  const std::int64_t nr = kernels().float_nr;
  return (b.cols() + nr - 1) / nr;
}

// Columns [first, first + kPanelColumns) of b, one row after the other.
void pack_columns(ConstMatrixView b, std::int64_t first, PageVector<float>& to) {
  constexpr std::int64_t kAhead = 24;  // rows; no prefetcher of the processor follows such strides
  to.resize(b.rows() * linalg::kPanelColumns);
  for (std::int64_t r = 0; r < b.rows(); ++r) {
    const float* const from = b.data() + r * b.cols() + first;
    if (r + kAhead < b.rows()) {
      __builtin_prefetch(from + kAhead * b.cols());
      __builtin_prefetch(from + kAhead * b.cols() + linalg::kPanelColumns / 2);
      __builtin_prefetch(from + kAhead * b.cols() + linalg::kPanelColumns - 1);
    }
    std::copy_n(from, linalg::kPanelColumns, to.data() + r * linalg::kPanelColumns);
  }
}

}  // namespace

std::string_view gemm_kernel_name() { return kernels().name; }

PackedMatrix PackedMatrix::pack(ConstMatrixView b, bool transposed) {
  PackedMatrix out;
  out.repack(b, transposed);
  return out;
}

void PackedMatrix::repack(ConstMatrixView b, bool transposed) {
  const std::int64_t nr = kernels().float_nr;
  rows_ = transposed ? b.cols() : b.rows();
  cols_ = transposed ? b.rows() : b.cols();
  const std::int64_t panels = (cols_ + nr - 1) / nr;
  panels_.resize(panels * rows_ * nr);
  for (std::int64_t p = 0; p < panels; ++p) {
    const std::int64_t first = p * nr, count = std::min(nr, cols_ - first);
    float* const to = panels_.data() + p * rows_ * nr;
    for (std::int64_t i = 0; i < rows_; ++i) std::fill_n(to + i * nr + count, nr - count, 0.0f);
    if (transposed) {
      for (std::int64_t j = 0; j < count; ++j) {
        const float* const from = b.data() + (first + j) * b.cols();
        for (std::int64_t i = 0; i < rows_; ++i) to[i * nr + j] = from[i];
      }
    } else {
      for (std::int64_t i = 0; i < rows_; ++i) std::copy_n(b.data() + i * b.cols() + first, count, to + i * nr);
    }
  }
}

void multiply(const float* a, std::int64_t m, std::int64_t lda, const PackedMatrix& b, float* c, std::int64_t ldc,
              const Epilogue& epilogue) {
  const std::int64_t panels = panel_count(b);
  const std::int64_t block = rows_of_block(m), row_blocks = (m + block - 1) / block;
  const int threads = global_pool().threads();
  const std::int64_t panel_step = row_blocks >= 2 * threads ? panels : linalg::even_step(panels, kPanelBlock, threads);
  const std::int64_t panel_blocks = (panels + panel_step - 1) / std::max<std::int64_t>(panel_step, 1);
  global_pool().parallel_for(row_blocks * panel_blocks, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t task = begin; task < end; ++task) {
      const std::int64_t m0 = static_cast<std::int64_t>(task) / panel_blocks * block;
      const std::int64_t p0 = static_cast<std::int64_t>(task) % panel_blocks * panel_step;
      multiply_block({a, lda, 1}, m0, std::min(m0 + block, m), b, p0, std::min(p0 + panel_step, panels), c, ldc,
                     epilogue);
    }
  });
}

void multiply_serial(const float* a, std::int64_t m, std::int64_t lda, const PackedMatrix& b, float* c,
                     std::int64_t ldc, const Epilogue& epilogue) {
  const std::int64_t block = rows_of_block(m);
  for (std::int64_t m0 = 0; m0 < m; m0 += block)
    multiply_block({a, lda, 1}, m0, std::min(m0 + block, m), b, 0, panel_count(b), c, ldc, epilogue);
}

void multiply_serial_transposed(const float* a, std::int64_t m, std::int64_t lda, const PackedMatrix& b, float* c,
                                std::int64_t ldc, const Epilogue& epilogue) {
  const std::int64_t block = rows_of_block(m);
  for (std::int64_t m0 = 0; m0 < m; m0 += block)
    multiply_block({a, 1, lda}, m0, std::min(m0 + block, m), b, 0, panel_count(b), c, ldc, epilogue);
}

Matrix multiply_transposed(ConstMatrixView a, ConstMatrixView b) {
  assert(a.cols() == b.cols());
  Matrix out(a.rows(), b.rows());
  multiply(a.data(), a.rows(), a.cols(), PackedMatrix::pack(b, /*transposed=*/true), out.data(), out.cols());
  return out;
}

float dot(const float* a, const float* b, std::int64_t n) { return kernels().dot(a, b, n); }
void add_scaled(float factor, const float* x, float* y, std::int64_t n) { kernels().add_scaled(factor, x, y, n); }

void sum_rows(ConstMatrixView b, std::span<const std::int32_t> rows, std::span<const float> weights,
              std::span<float> out) {
  assert((weights.empty() || weights.size() == rows.size()) && static_cast<std::int64_t>(out.size()) == b.cols());
  const Kernels& kernel = kernels();
  const float* const factors = weights.empty() ? nullptr : weights.data();
  const auto count = static_cast<std::int64_t>(rows.size());
  if (b.cols() == linalg::kPanelColumns)
    kernel.sum_rows_panel(b.data(), b.cols(), rows.data(), factors, count, out.data());
  else
    kernel.sum_rows(b.data(), b.cols(), rows.data(), factors, count, out.data(), b.cols());
}

void sum_rows(ConstMatrixView b, std::span<const WeightedRows> sums, MatrixView out) {
  assert(out.rows() == static_cast<std::int64_t>(sums.size()) && out.cols() == b.cols());
  constexpr std::int64_t kUses = 4;  // of each row: fewer do not pay for the packing
  const Kernels& kernel = kernels();
  std::int64_t uses = 0;
  for (const WeightedRows& sum : sums) uses += static_cast<std::int64_t>(sum.rows.size());
  const std::int64_t whole = uses < kUses * b.rows() ? 0 : b.cols() / linalg::kPanelColumns * linalg::kPanelColumns;
  thread_local PageVector<float> panel;
  for (std::int64_t first = 0; first < whole; first += linalg::kPanelColumns) {
    pack_columns(b, first, panel);
    for (std::size_t q = 0; q < sums.size(); ++q)
      kernel.sum_rows_panel(panel.data(), linalg::kPanelColumns, sums[q].rows.data(),
                            sums[q].weights.empty() ? nullptr : sums[q].weights.data(),
                            static_cast<std::int64_t>(sums[q].rows.size()),
                            out.row(static_cast<std::int64_t>(q)).data() + first);
  }
  if (whole == b.cols()) return;
  for (std::size_t q = 0; q < sums.size(); ++q)
    kernel.sum_rows(b.data() + whole, b.cols(), sums[q].rows.data(),
                    sums[q].weights.empty() ? nullptr : sums[q].weights.data(),
                    static_cast<std::int64_t>(sums[q].rows.size()),
                    out.row(static_cast<std::int64_t>(q)).data() + whole, b.cols() - whole);
}

}  // namespace genre
