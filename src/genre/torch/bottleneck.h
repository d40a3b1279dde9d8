// Narrow layers behind the blocks of a model. Sources: Houlsby et al., "Parameter-Efficient Transfer Learning for NLP"
// (2019); Pfeiffer et al., "AdapterFusion" (2021); in the forms of AdapterHub's "double_seq_bn" and "seq_bn".
#pragma once

#include "genre/torch/adapters.h"

namespace genre::trainer {

// In the names of their tensors, with the adapter's own name, between the module that one stands behind and the rest.
inline constexpr const char* kBottleneckPlace = ".adapters.genre.";

// h + up(f(down x)), where h is what a block gives. houlsby: behind attention and feed-forward, x = h, f = SiLU.
// pfeiffer: behind feed-forward, x = the states that the sum with the residual leaves, f = ReLU.
class BottleneckAdapters : public Adapters {
 public:
  // Weights normal with deviation 0.01, cut off at twice that, from torch's generator; biases zero.
  BottleneckAdapters(const BottleneckOptions& options, int first, Transformer& model, Parameters& parameters);

  void set_training(bool) override {}
  torch::Tensor merged(const std::string& name) const override { return parameters_.whole(name); }
  bool folds() const override { return false; }
  void save(const std::filesystem::path& folder, const AdapterFile& file) const override;

 private:
  torch::Tensor apply(int layer, Block block, const torch::Tensor& given,
                      const std::function<torch::Tensor()>& sum) const;
  // Of a layer's first or second product, without ".weight" and ".bias".
  std::string down(int layer, Block block) const { return place(layer, block) + "down.0"; }
  std::string up(int layer, Block block) const { return place(layer, block) + "up"; }
  std::string place(int layer, Block block) const;
  bool stands_behind(int layer, Block block) const {
    return layer >= first_ && (houlsby_ || block == Block::kFeedForward);
  }

  bool houlsby_;
  int first_;
  std::int64_t narrow_;
  Transformer& model_;
  Parameters& parameters_;
};

}  // namespace genre::trainer
