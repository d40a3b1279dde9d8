#include "genre/rec/centred_vectors.h"

#include <algorithm>
#include <cmath>

#include "genre/linalg/all_zeros.h"

namespace genre {

void scale_to_unit(std::span<float> vector) {
  double squares = 0;
  for (const float x : vector) squares += static_cast<double>(x) * x;
  if (squares < 1e-12) return std::fill(vector.begin(), vector.end(), 0.0f);
  const auto scale = static_cast<float>(1 / std::sqrt(squares));
  for (float& x : vector) x *= scale;
}

CentredVectors centre_vectors(ConstMatrixView vectors, bool centre) {
  const std::int64_t items = vectors.rows(), width = vectors.cols();
  CentredVectors out{Matrix(items, width), std::vector<float>(width, 0.0f), std::vector<std::uint8_t>(items, 0)};
  std::vector<double> sums(width, 0.0);
  std::int64_t with_text = 0;
  for (std::int64_t i = 0; i < items; ++i) {
    const auto row = vectors.row(i);
    if (all_zeros(row)) continue;
    out.has_text[i] = 1;
    ++with_text;
    for (std::int64_t d = 0; d < width; ++d) sums[d] += row[d];
  }
  if (centre && with_text > 1)
    for (std::int64_t d = 0; d < width; ++d) out.mean[d] = static_cast<float>(sums[d] / static_cast<double>(with_text));
  for (std::int64_t i = 0; i < items; ++i) {
    if (out.has_text[i] == 0) continue;
    const auto from = vectors.row(i);
    const auto to = out.vectors.row(i);
    for (std::int64_t d = 0; d < width; ++d) to[d] = from[d] - out.mean[d];
    scale_to_unit(to);
  }
  return out;
}

}  // namespace genre
