// Low-rank adapters whose rank goes to the products that need it. Source: Zhang et al., "AdaLoRA: Adaptive Budget
// Allocation for Parameter-Efficient Fine-Tuning" (2023).
#pragma once

#include <map>

#include "genre/torch/adapters.h"
#include "genre/torch/step_rule.h"

namespace genre::trainer {

// A product's change is alpha / (r + 1e-5) P diag(lambda) Q with r = initial_rank, as PEFT scales it. Of all triplets
// of a column of P, a singular value and a row of Q those of least importance lose their value, a few at a time.
class AdaLoraAdapters : public Adapters, public StepRule {
 public:
  // On the products that lora.targets names: P and Q normal with deviation 0.02 from torch's generator, lambda zero.
  // lora.rank is the mean rank at the end.
  AdaLoraAdapters(const LoraOptions& lora, const AdaLoraOptions& options, int first, Transformer& model,
                  Parameters& parameters);

  void set_training(bool on) override { training_ = on; }
  torch::Tensor merged(const std::string& name) const override;
  // Without the triplets whose value is zero.
  void save(const std::filesystem::path& folder, const AdapterFile& file) const override;

  void set_steps(std::int64_t steps) override { steps_ = steps; }
  // How far P and Q are from orthogonal: the mean of |P^T P - 1| and |Q Q^T - 1| (Frobenius), weighted.
  torch::Tensor penalty() const override;
  void end_step(std::int64_t step) override;
  bool settled(std::int64_t step) const override { return step >= last_cut(); }
  std::vector<Optimizer::State> states() override;

  // Triplets that keep their value behind a step, of all products together: all of them through the first steps, then
  // fewer by a cubic curve.
  std::int64_t budget(std::int64_t step) const;

 private:
  // |w g| of a tensor's elements, smoothed, and how much it varies around that.
  struct Sensitivity {
    torch::Tensor mean, variation;
  };
  std::string q(const std::string& name) const { return name + ".lora_A"; }
  std::string lambda(const std::string& name) const { return name + ".lora_E"; }
  std::string p(const std::string& name) const { return name + ".lora_B"; }
  double scale() const { return lora_.alpha / (options_.initial_rank + 1e-5); }
  std::int64_t first_cut() const;
  std::int64_t last_cut() const;
  void follow_sensitivity();
  void cut(std::int64_t kept);

  LoraOptions lora_;
  AdaLoraOptions options_;
  Transformer& model_;
  Parameters& parameters_;
  std::set<std::string> adapted_;                   // names of products
  std::map<std::string, Sensitivity> sensitivity_;  // by the names of tensors
  std::map<std::string, torch::Tensor> kept_;       // r x 1 of a product: 1 or 0 since the last cut
  std::int64_t steps_ = 1;                          // of the training
  bool training_ = true;
};

}  // namespace genre::trainer
