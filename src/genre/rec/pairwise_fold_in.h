// Fold-in for models that learn by drawing items that a user does not have: the user's vector by the steps of training,
// items as they are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/rec/block_schedule.h"

namespace genre {

inline constexpr int kMostFoldInEpochs = 50;

// The items of a history in the order of ids, and draws from the rest of the catalogue. The draws depend on nothing but
// the length of the history and the catalogue's: the same history has the same answer.
class HistoryDraws {
 public:
  HistoryDraws(std::span<const std::int32_t> history, std::int64_t items);
  std::span<const std::int32_t> history() const { return sorted_; }
  std::optional<std::int32_t> negative();  // nothing where the draw hit the history

 private:
  std::vector<std::int32_t> sorted_;
  std::uint32_t items_;
  CellRandom random_;
};

struct PairwiseSteps {
  double learning_rate = 0.05, l2 = 0.01;
  int epochs = 30;  // at most kMostFoldInEpochs are made
};

// The steps of BPR: for each history item i and a drawn j, vector += rate (sigma(-x) (v_i - v_j) - l2 vector) with
// x = vector . (v_i - v_j) + b_i - b_j, `epochs` times over the history, from 0. Biases may be empty.
void fold_in_pairs(ConstMatrixView items, std::span<const float> bias, std::span<const std::int32_t> history,
                   const PairwiseSteps& steps, std::span<float> vector);

}  // namespace genre
