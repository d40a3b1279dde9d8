// Sequences one after the other without padding, and where each of their tokens stands in a padded square, which only
// attention needs.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace genre::trainer {

// Added to a score, leaves nothing of it behind a softmax; finite, so that a row of padding is no NaN.
inline constexpr float kHidden = -1e30f;

struct PackedBatch {
  torch::Tensor ids;        // T, int64
  torch::Tensor segments;   // T, int64: 0 or 1; undefined where all are 0
  torch::Tensor positions;  // T, int64: places in their sequences from 0
  torch::Tensor first;      // B, int64: where each sequence begins
  torch::Tensor sequence;   // T, int64: which sequence a token is of
  torch::Tensor lengths;    // B, fp32
  std::int64_t sequences = 0, longest = 0;
  // Undefined where all sequences have one length, and the packed tokens are the padded ones.
  torch::Tensor padded;  // B * longest, int64: the token of each place; padding reads the sequence's first token
  torch::Tensor place;   // T, int64: the place of each token
  torch::Tensor mask;    // B x 1 x 1 x longest, fp32: 0 where there is a token, kHidden where there is none
};

// The same in the memory of another device.
PackedBatch on_device(PackedBatch batch, torch::Device device);

// No sequence is empty. `segments` has those of each sequence, or nothing for sequences of segment 0.
PackedBatch pack(std::span<const std::span<const std::int32_t>> sequences,
                 std::span<const std::span<const std::int32_t>> segments = {});

}  // namespace genre::trainer
