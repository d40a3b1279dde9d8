// The head that a masked language model predicts words by: a product, an activation, a norm, then the word table with a
// bias a word.
#pragma once

#include <string>
#include <string_view>

#include "genre/torch/tuned_encoder.h"

namespace genre::trainer {

class LanguageHead {
 public:
  // Adds its tensors to the encoder's: those of the checkpoint where it has them, else the identity of a fresh head,
  // whose product is near the unit matrix. Throws Error(kConfig) for an architecture whose head is not known here.
  explicit LanguageHead(TunedEncoder& encoder);

  // N x D states to N x V logits, fp32.
  torch::Tensor apply(const torch::Tensor& states) const;

  bool fresh() const { return fresh_; }
  // The class of transformers that has such a head: "BertForMaskedLM".
  std::string_view class_name() const;

 private:
  struct Names;
  static const Names* find(std::string_view architecture);
  const Names& names_;
  TunedEncoder& encoder_;
  bool fresh_ = true;
};

}  // namespace genre::trainer
