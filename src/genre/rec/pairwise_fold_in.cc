#include "genre/rec/pairwise_fold_in.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/linalg/gradient_step.h"
#include "genre/rec/block_schedule.h"

namespace genre {

HistoryDraws::HistoryDraws(std::span<const std::int32_t> history, std::int64_t items)
    : sorted_(history.begin(), history.end()), items_(static_cast<std::uint32_t>(items)), random_(history.size()) {
  std::sort(sorted_.begin(), sorted_.end());
}

std::optional<std::int32_t> HistoryDraws::negative() {
  const auto item = static_cast<std::int32_t>(random_.below(items_));
  if (std::binary_search(sorted_.begin(), sorted_.end(), item)) return std::nullopt;
  return item;
}

void fold_in_pairs(ConstMatrixView items, std::span<const float> bias, std::span<const std::int32_t> history,
                   const PairwiseSteps& steps, std::span<float> vector) {
  HistoryDraws draws(history, items.rows());
  const std::int64_t width = items.cols();
  const auto keep = static_cast<float>(1 - steps.learning_rate * steps.l2);
  for (int epoch = 0; epoch < std::min(steps.epochs, kMostFoldInEpochs); ++epoch) {
    for (const std::int32_t positive : draws.history()) {
      const auto negative = draws.negative();
      if (!negative) continue;
      const float* const i = items.row(positive).data();
      const float* const j = items.row(*negative).data();
      const float x =
          pair_difference(vector.data(), i, j, width) + (bias.empty() ? 0.0f : bias[positive] - bias[*negative]);
      const auto step = static_cast<float>(steps.learning_rate) / (1 + std::exp(x));
      for (float& value : vector) value *= keep;
      add_scaled(step, i, vector.data(), width);
      add_scaled(-step, j, vector.data(), width);
    }
  }
}

}  // namespace genre
