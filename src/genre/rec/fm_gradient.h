// The parameters of a factorisation machine, its score and its gradient. See fm.h for the formula.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/rec/fm_inputs.h"

namespace genre {

// Rows of factors with a weight each.
struct FmRows {
  Matrix factors;              // n x D
  std::vector<float> weights;  // n
};

struct FmParameters {
  Matrix users;                     // U x D; a user's weight would order nothing
  FmRows items, features, vectors;  // I, F, K rows
};

struct FmItems {
  Matrix factors;             // n x D: q
  std::vector<float> biases;  // n: c
};
// q and c of the listed items. One thread where there are no vectors; else the global pool.
FmItems fm_items(const FmParameters& parameters, const FmInputs& inputs, std::span<const std::int32_t> items);

struct FmPair {
  std::int32_t user, positive, negative;
};
enum class FmLoss { kBpr, kLogistic };

// The gradient of a batch of B pairs, not yet summed over repeats, without the penalty. Row 2 n belongs to the positive
// of pair n, row 2 n + 1 to its negative.
struct FmBatchGradient {
  std::vector<std::int32_t> items;  // 2 B
  Matrix users;                     // B x D
  Matrix common;                    // 2 B x D: input a of the item has gradient x_a common - slope x_a^2 v_a
  std::vector<float> slopes;        // 2 B: the derivative of the loss by the score; weight a has gradient slope x_a
  FmRows vectors;                   // K x D and K, summed over the batch
  double loss = 0;                  // summed
};
FmBatchGradient fm_gradient(const FmParameters& parameters, const FmInputs& inputs, std::span<const FmPair> pairs,
                            FmLoss loss);

}  // namespace genre
