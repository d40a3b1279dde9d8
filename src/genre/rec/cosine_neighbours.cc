#include "genre/rec/cosine_neighbours.h"

#include <algorithm>
#include <cmath>

#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/all_zeros.h"
#include "genre/linalg/gemm.h"
#include "genre/neural/unit_rows.h"

namespace genre {
namespace {

constexpr std::int64_t kCosineRows = 16;  // of a block

}  // namespace

std::vector<ScoredIndex> cosine_neighbours(ConstMatrixView vectors, std::int32_t item, int k) {
  const std::int64_t width = vectors.cols();
  const float* const own = vectors.row(item).data();
  const float length = std::sqrt(dot(own, own, width));
  if (length == 0) return {};
  std::vector<float> scores(vectors.rows(), kMasked);
  for (std::int64_t other = 0; other < vectors.rows(); ++other) {
    const float* const row = vectors.row(other).data();
    const float lengths = length * std::sqrt(dot(row, row, width));
    if (lengths > 0 && other != item) scores[other] = dot(own, row, width) / lengths;
  }
  return top_k(scores, k);
}

std::vector<std::vector<ScoredIndex>> all_cosine_neighbours(Matrix vectors, int k) {
  const std::int64_t items = vectors.rows();
  neural::UnitRows().apply(vectors.view(), 1);
  std::vector<std::uint8_t> silent(items);
  for (std::int64_t i = 0; i < items; ++i) silent[i] = all_zeros(vectors.row(i)) ? 1 : 0;
  const PackedMatrix packed = PackedMatrix::pack(vectors, /*transposed=*/true);
  std::vector<std::vector<ScoredIndex>> out(items);
  global_pool().parallel_for(items, kCosineRows, [&](std::size_t begin, std::size_t end, int) {
    throw_if_interrupted();
    Matrix block(static_cast<std::int64_t>(end - begin), items);
    multiply_serial(vectors.row(static_cast<std::int64_t>(begin)).data(), block.rows(), vectors.cols(), packed,
                    block.data(), items);
    for (std::size_t item = begin; item < end; ++item) {
      if (silent[item] != 0) continue;
      const auto row = block.row(static_cast<std::int64_t>(item - begin));
      for (std::int64_t other = 0; other < items; ++other)
        if (silent[other] != 0) row[other] = kMasked;
      row[item] = kMasked;
      out[item] = top_k_by_index(row, k);
    }
  });
  return out;
}

std::int64_t all_cosine_neighbours_bytes(std::int64_t items, std::int64_t width) {
  return 8 * items * width + items * (4 * kCosineRows * global_pool().threads() + 1);
}

}  // namespace genre
