#include "genre/linalg/dense_gram.h"

#include <algorithm>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/kernels.h"

namespace genre {
namespace {

constexpr std::int64_t kBlock = 256;
constexpr std::int64_t kGroups = 16;  // partial sums; fixed, so that the order of additions is

// sum (C x C) += rows^T rows, the lower triangle and a little more.
void add_block(ConstMatrixView rows, std::vector<double>& sum, std::vector<float>& tile) {
  const linalg::Kernels& k = linalg::kernels();
  const std::int64_t width = rows.cols();
  const PackedMatrix packed = PackedMatrix::pack(rows, /*transposed=*/false);
  tile.resize(k.float_mr * k.float_nr);
  for (std::int64_t j = 0; j < width; j += k.float_nr) {
    const int cols = static_cast<int>(std::min<std::int64_t>(k.float_nr, width - j));
    for (std::int64_t i = j; i < width; i += k.float_mr) {
      const int height = static_cast<int>(std::min<std::int64_t>(k.float_mr, width - i));
      k.float_tile(rows.data() + i, 1, width, height, rows.rows(), packed.panels() + j * rows.rows(), tile.data(),
                   k.float_nr, cols, {nullptr, Activation::kNone, nullptr});
      for (int r = 0; r < height; ++r)
        for (int c = 0; c < cols; ++c) sum[(i + r) * width + j + c] += tile[r * k.float_nr + c];
    }
  }
}

}  // namespace

std::vector<double> dense_gram(ConstMatrixView b) {
  const std::int64_t width = b.cols(), blocks = (b.rows() + kBlock - 1) / kBlock;
  const std::int64_t groups = std::min(blocks, kGroups);
  std::vector<std::vector<double>> sums(groups);
  global_pool().parallel_for(groups, 1, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> tile;
    for (std::size_t g = begin; g < end; ++g) {
      sums[g].assign(width * width, 0.0);
      for (std::int64_t block = static_cast<std::int64_t>(g); block < blocks; block += groups) {
        const std::int64_t first = block * kBlock;
        add_block({b.data() + first * width, std::min(kBlock, b.rows() - first), width}, sums[g], tile);
      }
    }
  });
  std::vector<double> out(width * width, 0.0);
  for (const auto& sum : sums)
    for (std::int64_t i = 0; i < width; ++i)
      for (std::int64_t j = 0; j <= i; ++j) out[i * width + j] += sum[i * width + j];
  for (std::int64_t i = 0; i < width; ++i)
    for (std::int64_t j = 0; j < i; ++j) out[j * width + i] = out[i * width + j];
  return out;
}

}  // namespace genre
