// What a learner can do whose model is computed in two halves, by processes of their own.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>

namespace genre::trainer {

class Pipelined {
 public:
  virtual ~Pipelined() = default;

  virtual int layer_count() const = 0;
  // Of training examples, in front of layer `at`: T x D, as a graph.
  virtual torch::Tensor lower_half(std::span<const std::int64_t> batch, int at) = 0;
  // Rows and columns of what lower_half() gives.
  virtual std::vector<std::int64_t> half_sizes(std::span<const std::int64_t> batch) const = 0;
  // The mean loss for such states, as a graph.
  virtual torch::Tensor upper_half(std::span<const std::int64_t> batch, const torch::Tensor& states, int at) = 0;
};

}  // namespace genre::trainer
