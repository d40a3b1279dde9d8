// Weights in forms with fewer elements: low-rank factors, 2:4, and blocks; how they lie in a checkpoint, and how they
// are made from whole ones.
//
// In place of a tensor NAME.weight (N x K) a safetensors file holds
//   NAME.weight_left (N x R) and NAME.weight_right (R x K): their product;
//   NAME.weight_values (N x K/2, F32) and NAME.weight_places (N x K/8, U8), as nn::TwoFourWeights; or
//   NAME.weight_blocks (B x 4 x 4, F32), NAME.weight_block_columns (B, I32) and NAME.weight_block_starts (N/4 + 1,
//   I32), as nn::BlockWeights.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>

#include "genre/lm/tensor_source.h"
#include "genre/nn/sparse_weights.h"

namespace genre {

struct LowRankWeights {
  Matrix left, right;  // N x R, R x K
};

using CompactWeight = std::variant<LowRankWeights, nn::TwoFourWeights, nn::BlockWeights>;

// The compact form of `weight` ("NAME.weight", N x K); none where the source has no tensors of these names. Throws
// Error(kData) for other shapes, places that do not fit, or a value that is not finite.
std::optional<CompactWeight> read_compact(const TensorSource& source, const std::string& weight, std::int64_t rows,
                                          std::int64_t cols);

// The factors of rank R whose product is nearest to the weight, every input counted by its scale (none: 1): the best
// rank-R approximation of the outputs of inputs that do not correlate. Singular value decomposition by the
// eigenvectors of the smaller side (Eckart and Young 1936). 1 <= rank <= min(N, K). One thread.
LowRankWeights low_rank(ConstMatrixView weight, std::int64_t rank, std::span<const float> input_scale = {});

Matrix dense(const CompactWeight& weight);  // N x K

}  // namespace genre
