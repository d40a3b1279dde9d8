// A change of numbers that gradients do not see. Source: Bengio et al., "Estimating or Propagating Gradients Through
// Stochastic Neurons for Conditional Computation" (2013).
#pragma once

#include <torch/types.h>

namespace genre::trainer {

// `changed`, whose gradient goes to `x` as it is; both have one shape.
torch::Tensor straight_through(const torch::Tensor& x, const torch::Tensor& changed);

}  // namespace genre::trainer
