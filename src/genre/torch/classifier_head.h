// The head of lm/classifier_head.h as a graph: pooled states in, one number a label out.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "genre/lm/classifier_head.h"
#include "genre/torch/tuned_encoder.h"

namespace genre::trainer {

class ClassifierHead {
 public:
  // Adds its tensors to the encoder's: those of the checkpoint where it has them, else fresh ones by torch's generator.
  // The last product is fresh unless the checkpoint's labels are those of `config`. Among the encoder's parameters
  // their names begin with `prefix`. `config` and `encoder` outlive it.
  ClassifierHead(const ClassifierConfig& config, TunedEncoder& encoder, std::string prefix = "");

  // B x D to B x labels, fp32, with `dropout` in front of the last product.
  torch::Tensor apply(const torch::Tensor& pooled, double dropout) const;

  // The names of its modules, which adapters store whole.
  std::vector<std::string> modules() const;
  // The bias of the last product.
  Parameter& output_bias() { return encoder_.parameters().parameter(name(names_.head_output) + ".bias"); }

 private:
  std::string name(std::string_view module) const { return prefix_ + std::string(module); }
  const ClassifierConfig& config_;
  const EncoderArchitecture& names_;
  TunedEncoder& encoder_;
  std::string prefix_;
};

}  // namespace genre::trainer
