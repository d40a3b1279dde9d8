// Products of an encoder's layers, trained as a smaller model will hold them: with weights that are zero
// (weight_masks.h), and rounded to what the runtime computes in int8 (nn/int8_matrix.h; Jacob et al. 2018).
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "genre/finetune/options.h"
#include "genre/torch/encoder.h"
#include "genre/torch/weight_masks.h"

namespace genre::trainer {

class Compression {
 public:
  // Stands in for the products of `model`; in the layers from `first` on weights become zero. Both outlive it. Throws
  // Error(kConfig) as WeightMasks.
  Compression(const CompressionOptions& options, int first, Encoder& model, Parameters& parameters);

  // x W^T + b with NAME.weight as it will be held; gradients pass through the rounding and the zeros.
  torch::Tensor product(const std::string& name, const torch::Tensor& x) const;
  // A tensor as it is written: with zeros, and not rounded, which loading in int8 does in the same way.
  torch::Tensor served(const std::string& name) const;
  // Puts compact forms (lm/compact_weight.h) in place of the weights with zeros of the checkpoint in a folder, where
  // the options want these. Throws Error(kResources).
  void store(const std::filesystem::path& folder) const;

 private:
  CompressionOptions options_;
  const Parameters& parameters_;
  std::set<std::string> weights_;  // of all products
  std::unique_ptr<WeightMasks> masks_;
};

}  // namespace genre::trainer
