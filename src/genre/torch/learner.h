// What the trainer trains: parameters, examples, a loss, and how well it does.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/finetune/measures.h"
#include "genre/torch/parameters.h"

namespace genre::trainer {

class Learner {
 public:
  virtual ~Learner() = default;

  virtual Parameters& parameters() = 0;
  // Computes on a device from now on; before the first step.
  virtual void set_device(torch::Device device) { parameters().set_device(device); }
  // Tokens of each training example, which batches are formed by.
  virtual std::span<const std::int32_t> lengths() const = 0;

  // Called before the losses of a step, with all of its batches.
  virtual void begin_step(std::span<const std::vector<std::int64_t>> batches) = 0;
  // The mean loss of training examples, as a graph. Its noise comes from torch's generator, which the trainer seeds by
  // the step, so that a step does not depend on those before it.
  virtual torch::Tensor loss(std::span<const std::int64_t> batch) = 0;
  // How many things the loss of these examples is a mean of, where that is known: what batches that make one step
  // weigh.
  virtual double weight(std::span<const std::int64_t> batch) const { return static_cast<double>(batch.size()); }

  // Values of a part without noise, "loss" and whatever the task measures; NaN where the part is empty.
  virtual std::map<std::string, double> measure(Part part) = 0;
  // The most examples that measure() computes at once.
  virtual std::int64_t measured_batch() const = 0;
};

}  // namespace genre::trainer
