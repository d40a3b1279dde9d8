// Low-rank adapters as PEFT writes them: adapter_config.json and adapter_model.safetensors. Sources: Hu et al., "LoRA:
// Low-Rank Adaptation of Large Language Models" (2021); Zhang et al., "AdaLoRA: Adaptive Budget Allocation for
// Parameter-Efficient Fine-Tuning" (2023).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "genre/linalg/matrix.h"
#include "genre/lm/tensor_source.h"

namespace genre {

// up (N x R) down (R x K) is what an adapter adds to a weight: alpha / r, or alpha / sqrt(r) where the adapter says so,
// and the singular values of AdaLoRA are part of `up`.
struct LoraFactors {
  Matrix down, up;
};

// Immutable, so shareable between threads.
class LoraAdapter {
 public:
  // Throws Error(kNotFound), or Error(kData) for a form of adapter that is not supported: DoRA, trained biases or whole
  // modules, scales by module.
  explicit LoraAdapter(const std::filesystem::path& folder);

  // Paths of the adapted modules inside the model, such as "model.layers.0.self_attn.q_proj".
  const std::set<std::string>& modules() const { return modules_; }
  // What the adapter adds to the weight (N x K, output-major) of a module; none, or empty, for a module that it leaves
  // alone. Throw Error(kData) for other shapes, in the name of the model that the adapter says it was trained on.
  std::optional<LoraFactors> factors(const std::string& module, std::int64_t outputs, std::int64_t inputs) const;
  Matrix delta(const std::string& module, std::int64_t outputs, std::int64_t inputs) const;

  // Throws Error(kData) where the adapter changes a module that is not among those of the model.
  void expect_modules(const std::set<std::string>& modules) const;

 private:
  [[noreturn]] void refuse_model(const std::string& fault) const;
  Matrix matrix(const std::string& name, std::int64_t rows, std::int64_t cols) const;
  std::string tensor_end() const { return shared_rank_ > 0 ? "" : ".weight"; }

  std::string base_;  // the model that it was trained on, by its own name
  std::unique_ptr<TensorSource> source_;
  std::set<std::string> modules_;
  double alpha_ = 1;
  double shared_rank_ = 0;  // of AdaLoRA: what alpha is divided by, whatever rank a module has left
  bool root_scale_ = false;
};

}  // namespace genre
