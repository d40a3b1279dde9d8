// Low-rank adapters as PEFT writes them: adapter_config.json and adapter_model.safetensors. Source: Hu et al., "LoRA:
// Low-Rank Adaptation of Large Language Models" (2021).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "genre/linalg/matrix.h"
#include "genre/lm/tensor_source.h"

namespace genre {

// Immutable, so shareable between threads.
class LoraAdapter {
 public:
  // Throws Error(kNotFound), or Error(kData) for a form of adapter that is not supported: DoRA, trained biases or whole
  // modules, scales by module.
  explicit LoraAdapter(const std::filesystem::path& folder);

  // Paths of the adapted modules inside the model, such as "model.layers.0.self_attn.q_proj".
  const std::set<std::string>& modules() const { return modules_; }
  // What the adapter adds to the weight (N x K, output-major) of a module: alpha / r B A, or alpha / sqrt(r) B A where
  // the adapter says so. Empty for a module that it leaves alone. Throws Error(kData) for another shape.
  Matrix delta(const std::string& module, std::int64_t outputs, std::int64_t inputs) const;

 private:
  std::unique_ptr<TensorSource> source_;
  std::set<std::string> modules_;
  double alpha_ = 1;
  bool root_scale_ = false;
};

}  // namespace genre
