#include "genre/rec/cosine_neighbours.h"

#include <cmath>

#include "genre/linalg/gemm.h"

namespace genre {

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

}  // namespace genre
