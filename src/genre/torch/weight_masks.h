// Weights that become zero while a model is trained, in the patterns that the runtime skips. Sources: Zhu and Gupta,
// "To Prune, or Not to Prune" (2017), for the curve; Sanh et al., "Movement Pruning: Adaptive Sparsity by Fine-Tuning"
// (2020); Zhou et al., "Learning N:M Fine-grained Structured Sparse Neural Networks From Scratch" (2021), whose
// straight-through gradients let what is zero come back.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "genre/finetune/options.h"
#include "genre/lm/compact_weight.h"
#include "genre/torch/parameters.h"
#include "genre/torch/step_rule.h"

namespace genre::trainer {

class WeightMasks : public StepRule {
 public:
  // Of these parameters, matrices (N x K) that are trained; all weights stay until the first choice. `parameters`
  // outlives it. Throws Error(kConfig) for a shape that the pattern does not fit.
  WeightMasks(const CompressionOptions& options, const std::vector<std::string>& weights, Parameters& parameters);

  bool has(const std::string& weight) const { return kept_.contains(weight); }
  // The weight with zeros; its gradient reaches every element.
  torch::Tensor masked(const std::string& weight) const;
  // The same in the form that the runtime skips zeros of.
  CompactWeight compact(const std::string& weight) const;
  std::vector<std::string> weights() const;

  void set_steps(std::int64_t steps) override { steps_ = steps; }
  torch::Tensor penalty() const override { return {}; }
  void end_step(std::int64_t step) override;
  bool settled(std::int64_t step) const override { return step >= last_choice(); }
  std::vector<Optimizer::State> states() override;

  // The share of a matrix that stays behind a step.
  double density(std::int64_t step) const;

 private:
  std::int64_t first_choice() const;
  std::int64_t last_choice() const;
  torch::Tensor choose(const std::string& weight, double density) const;

  CompressionOptions options_;
  Parameters& parameters_;
  std::map<std::string, torch::Tensor> kept_;      // N x K: 1 or 0
  std::map<std::string, torch::Tensor> movement_;  // N x K: minus the sum of weight times gradient; by movement alone
  std::int64_t steps_ = 1;                         // of the training
};

}  // namespace genre::trainer
