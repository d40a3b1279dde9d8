// Rotary positions. Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding" (2021).
#pragma once

#include <torch/types.h>

#include <vector>

namespace genre::trainer {

// Turns pairs (i, i + size / 2) of each head by the token's place. x: T x heads x size, positions: T, frequencies:
// size / 2.
torch::Tensor rotate(const torch::Tensor& x, const torch::Tensor& positions, const std::vector<float>& frequencies);

}  // namespace genre::trainer
