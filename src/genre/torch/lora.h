// Low-rank adapters on the products of a model. Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language
// Models" (2021).
#pragma once

#include "genre/torch/adapters.h"

namespace genre::trainer {

class LoraAdapters : public Adapters {
 public:
  // Factors beside the products that options.targets name: A by Kaiming's uniform rule from torch's generator, B zero.
  LoraAdapters(const LoraOptions& options, int first, Transformer& model, Parameters& parameters);

  void set_training(bool on) override { training_ = on; }
  torch::Tensor merged(const std::string& name) const override;  // W + alpha / rank B A
  void save(const std::filesystem::path& folder, const AdapterFile& file) const override;

 private:
  std::string a(const std::string& name) const { return name + ".lora_A.weight"; }
  std::string b(const std::string& name) const { return name + ".lora_B.weight"; }
  LoraOptions options_;
  Transformer& model_;
  Parameters& parameters_;
  std::set<std::string> adapted_;  // names of products
  bool training_ = true;
};

}  // namespace genre::trainer
