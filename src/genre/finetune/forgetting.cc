#include "genre/finetune/forgetting.h"

#include <algorithm>
#include <limits>

#include "genre/finetune/measures.h"

namespace genre {

Forgetting forgetting_of(std::span<const std::vector<double>> matrix, std::string_view metric) {
  const std::size_t slices = matrix.size();
  const double sign = lower_is_better(metric) ? -1 : 1;
  Forgetting out;
  for (std::size_t j = 0; j < slices; ++j) {
    out.final_mean += matrix.back()[j] / static_cast<double>(slices);
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t i = j; i + 1 < slices; ++i) best = std::max(best, sign * matrix[i][j]);
    if (j + 1 < slices) out.forgetting += (best - sign * matrix.back()[j]) / static_cast<double>(slices - 1);
  }
  if (slices < 2) out.forgetting = std::numeric_limits<double>::quiet_NaN();
  return out;
}

}  // namespace genre
