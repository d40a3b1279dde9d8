#include "genre/rec/pairwise_fold_in.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/linalg/gradient_step.h"
#include "genre/rec/block_schedule.h"

namespace genre {

void fold_in_pairs(ConstMatrixView items, std::span<const float> bias, std::span<const std::int32_t> history,
                   const PairwiseSteps& steps, std::span<float> vector) {
  std::vector<std::int32_t> sorted(history.begin(), history.end());
  std::sort(sorted.begin(), sorted.end());
  CellRandom random(sorted.size());
  const std::int64_t width = items.cols();
  const auto keep = static_cast<float>(1 - steps.learning_rate * steps.l2);
  for (int epoch = 0; epoch < steps.epochs; ++epoch) {
    for (const std::int32_t positive : sorted) {
      const auto negative = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(items.rows())));
      if (std::binary_search(sorted.begin(), sorted.end(), negative)) continue;
      const float* const i = items.row(positive).data();
      const float* const j = items.row(negative).data();
      const float x =
          pair_difference(vector.data(), i, j, width) + (bias.empty() ? 0.0f : bias[positive] - bias[negative]);
      const auto step = static_cast<float>(steps.learning_rate) / (1 + std::exp(x));
      for (float& value : vector) value *= keep;
      add_scaled(step, i, vector.data(), width);
      add_scaled(-step, j, vector.data(), width);
    }
  }
}

}  // namespace genre
