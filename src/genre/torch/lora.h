// Low-rank adapters on the products of an encoder. Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language
// Models" (2021).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "genre/finetune/options.h"
#include "genre/torch/encoder.h"

namespace genre::trainer {

class LoraAdapters {
 public:
  // Freezes every parameter of the encoder and puts factors beside the products that options.targets name, in the
  // layers from `first` on: A by Kaiming's uniform rule from torch's generator, B zero. The encoder and the parameters
  // outlive this object. Throws Error(kConfig) for a target that the architecture does not have.
  LoraAdapters(const LoraOptions& options, int first, Encoder& encoder, Parameters& parameters);

  // Whether dropout acts; off for measuring.
  void set_training(bool on) { training_ = on; }

  // W + alpha / rank B A for a weight that has an adapter, else the weight as it is.
  torch::Tensor merged(const std::string& weight_name) const;

  // adapter_config.json and adapter_model.safetensors as PEFT writes and reads them; `whole_modules` are those that are
  // trained and stored whole, by the names of their parameters without ".weight". Throws Error(kResources).
  void save(const std::filesystem::path& folder, const std::string& base_model,
            const std::vector<std::string>& whole_modules) const;

 private:
  std::string a(const std::string& name) const { return name + ".lora_A.weight"; }
  std::string b(const std::string& name) const { return name + ".lora_B.weight"; }
  LoraOptions options_;
  Parameters& parameters_;
  std::vector<std::string> adapted_;  // names of products
  bool training_ = true;
};

}  // namespace genre::trainer
