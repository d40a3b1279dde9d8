// Fold-in for models that learn from pairs: the user's vector by the steps of training, items as they are.
#pragma once

#include <cstdint>
#include <span>

#include "genre/rec/factor_model.h"

namespace genre {

struct PairwiseSteps {
  double learning_rate = 0.05, l2 = 0.01;
  int epochs = 30;
};

// For each history item i and a drawn item j outside the history: vector += rate (sigma(-x) (v_i - v_j) - l2 vector)
// with x = vector . (v_i - v_j) + b_i - b_j, `epochs` times over the history, from 0. The draws depend on nothing but
// the history's length and the catalogue's. About epochs x history x D steps. Biases may be empty.
void fold_in_pairs(ConstMatrixView items, std::span<const float> bias, std::span<const std::int32_t> history,
                   const PairwiseSteps& steps, std::span<float> vector);

}  // namespace genre
