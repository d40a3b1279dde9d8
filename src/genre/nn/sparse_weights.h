// Weights of which most elements are zero, in the two regular patterns that processors can skip: 2:4 and blocks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// 2:4: of each four adjoining inputs of an output, two elements. Source: Mishra et al., "Accelerating Sparse Deep
// Neural Networks" (2021).
struct TwoFourWeights {
  std::int64_t rows = 0, cols = 0;  // N outputs, K inputs, a multiple of 8
  std::vector<float> values;        // N x K/2
  std::vector<std::uint8_t>
      places;  // N x K/8: two bits a value, the lower ones first, ascending within a group of four
};

// Blocks of 4 outputs x 4 inputs, row of blocks after row of blocks, columns ascending within each.
struct BlockWeights {
  static constexpr std::int64_t kSide = 4;
  std::int64_t rows = 0, cols = 0;    // N and K, multiples of 4
  std::vector<float> values;          // B x 4 x 4
  std::vector<std::int32_t> columns;  // B: of blocks
  std::vector<std::int32_t> starts;   // N/4 + 1: the blocks of row r are [starts[r], starts[r + 1])
};

// What stays is what is greatest in size times the scale of its input (none: 1), by squares summed over a block. Source
// of the scale: Sun et al., "A Simple and Effective Pruning Approach for Large Language Models" (Wanda, 2024). Sizes
// are as above.
TwoFourWeights keep_two_of_four(ConstMatrixView weight, std::span<const float> input_scale = {});
// `density` in (0, 1]: the share of the blocks that stays, at least one; those of the whole matrix compete.
BlockWeights keep_blocks(ConstMatrixView weight, double density, std::span<const float> input_scale = {});

Matrix dense(const TwoFourWeights& weights);
Matrix dense(const BlockWeights& weights);

// Whether sizes fit each other and places are as promised: of weights from a file.
bool well_formed(const TwoFourWeights& weights);
bool well_formed(const BlockWeights& weights);

}  // namespace genre::nn
