// What a method does around the steps of a training, beside following the gradient of the loss.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "genre/optim/optimizer.h"

namespace genre::trainer {

class StepRule {
 public:
  virtual ~StepRule() = default;

  // How many steps the training has; called before all else.
  virtual void set_steps(std::int64_t steps) = 0;
  // Added to the loss of each step, as a graph; undefined: nothing.
  virtual torch::Tensor penalty() const = 0;
  // Called behind the update of a step, from 1, while its gradients are still there.
  virtual void end_step(std::int64_t step) = 0;
  // Whether weights behind that step may be the ones that are kept.
  virtual bool settled(std::int64_t step) const = 0;
  // Everything that goes on to the next step, for checkpoints, as Optimizer::states() has it.
  virtual std::vector<Optimizer::State> states() = 0;
};

}  // namespace genre::trainer
