// Learned scales of keys, values and the inner states of the feed-forward product. Source: Liu et al., "Few-Shot
// Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning" (2022).
#pragma once

#include <map>

#include "genre/torch/adapters.h"

namespace genre::trainer {

class Ia3Adapters : public Adapters {
 public:
  // A scale of ones for the key, value and outer product of each layer.
  Ia3Adapters(int first, Transformer& model, Parameters& parameters);

  void set_training(bool) override {}
  torch::Tensor merged(const std::string& name) const override;
  void save(const std::filesystem::path& folder, const AdapterFile& file) const override;

 private:
  enum class Scaled { kOutput, kInput };
  std::string scale(const std::string& name) const { return name + ".ia3_l"; }
  Transformer& model_;
  Parameters& parameters_;
  std::map<std::string, Scaled> adapted_;  // by the names of products
};

}  // namespace genre::trainer
