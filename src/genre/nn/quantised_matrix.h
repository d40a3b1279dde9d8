// Products with quantised weights: weights in blocks, activations quantised as they come in, sums in integers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "genre/base/gguf.h"
#include "genre/linalg/matrix.h"
#include "genre/linalg/page_allocator.h"

namespace genre::nn {

// A weight W (N outputs x K inputs), repacked once for the kernels of this processor: AMX, AVX-512 VNNI, AVX2 VNNI,
// AVX2 or portable C++, chosen at run time; GENRE_CPU caps the choice. Activations become 8-bit integers in blocks of
// 32 with one scale each. Every kernel set gives the same result within the rounding of float sums. Immutable, so
// shareable.
class QuantisedMatrix {
 public:
  QuantisedMatrix() = default;
  // `bytes` holds rows x cols elements in `format` (any of BlockFormat), row after row; cols is a multiple of 32.
  // Formats without integers of their own (F32, F16, BF16, Q4_K, Q6_K) are kept as 8-bit blocks. Throws Error(kData)
  // otherwise.
  static QuantisedMatrix pack(BlockFormat format, std::int64_t rows, std::int64_t cols,
                              std::span<const std::byte> bytes);

  std::int64_t rows() const { return rows_; }  // N
  std::int64_t cols() const { return cols_; }  // K
  std::size_t bytes() const { return panels_.size(); }
  // Row n as floats, as the product sees it: for embedding tables that share the weight. out has K elements.
  void dequantise_row(std::int64_t n, std::span<float> out) const;

  // y (T x N, row stride ldy) = x (T x K, row stride ldx) W^T. Uses the global pool; results do not depend on the
  // number of threads, nor on which rows are computed together.
  void multiply(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy) const;

 private:
  std::int64_t rows_ = 0, cols_ = 0;
  BlockFormat format_ = BlockFormat::kQ8_0;  // kQ8_0, kQ4_0 or kQ4_1
  PageVector<std::byte> panels_;
};

// The kernel set in use: "amx", "avx512vnni", "avxvnni", "avx2" or "portable".
std::string_view quantised_kernel_name();

}  // namespace genre::nn
