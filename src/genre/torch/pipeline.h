// A model in two halves, each computed and trained by a process of its own: the first has the embeddings and the lower
// layers, the second the rest and the head. Parts of a batch follow each other, so that both have work at once. Source:
// Huang et al., "GPipe" (2019).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/finetune/options.h"
#include "genre/parallel/processes.h"
#include "genre/torch/learner.h"
#include "genre/torch/pipelined.h"

namespace genre::trainer {

class Pipeline {
 public:
  // Takes from what is trained here all that is of the other half. Throws Error(kConfig) for a learner that has no
  // halves, another number of processes than two, or a method with a rule for all of its tensors together.
  Pipeline(const PipelineOptions& options, Learner& learner, Processes& together);

  // Adds the gradients of `scale` times the mean loss of a step to the parameters of this half; returns the mean loss,
  // or 0 in the first process. Equal to the whole model's where there is no noise.
  double add_gradients(std::span<const std::vector<std::int64_t>> batches, double scale, bool bf16);

  // The first process gets the weights of the other half, so that its model is whole.
  void collect_weights();

 private:
  void lower(std::span<const std::vector<std::int64_t>> parts, bool bf16);
  double upper(std::span<const std::vector<std::int64_t>> parts, double whole, double scale, bool bf16);

  PipelineOptions options_;
  Learner& learner_;
  Processes& together_;
  Pipelined& model_;
  std::vector<Parameter*> of_upper_;  // that are trained there
};

}  // namespace genre::trainer
