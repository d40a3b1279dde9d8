// The head of a sequence classifier: states in, one logit a label out.
#pragma once

#include <string>
#include <vector>

#include "genre/lm/encoder.h"
#include "genre/lm/options.h"
#include "genre/nn/pooling.h"

namespace genre {

class Tokenizer;

struct ClassifierConfig {
  EncoderConfig encoder;
  std::vector<std::string> labels;            // in order of their logits
  std::string problem;                        // problem_type of config.json; empty: not said
  nn::Pooling pooling = nn::Pooling::kClass;  // of the states that the head reads
  Activation activation = Activation::kTanh;  // of its first product
  bool dense_bias = true, norm_bias = true;
  std::string score_activation;  // of a scorer: the torch class that sentence-transformers stores; empty: not said
  int maximum_tokens = 0;        // of a text or pair, special tokens included
};

// Reads config.json of a ...ForSequenceClassification checkpoint and tokenizer_config.json. Throws Error(kNotFound), or
// Error(kData) naming file and fault.
ClassifierConfig read_classifier_config(const std::filesystem::path& folder);

// The limit that `options` asks for, or the model's own. Throws Error(kConfig) for a limit that the model does not
// take, and Error(kData) where the tokenizer has tokens that the model does not.
int classifier_limit(const ClassifierConfig& config, const Tokenizer& tokenizer, const LmOptions& options);

// An encoder with its head. Immutable, so shareable between threads.
class ClassifierModel {
 public:
  // `precision` is that of the encoder; the head is fp32. Throws as read_encoder_weights; a checkpoint without a head
  // is told by the tensor that is missing.
  ClassifierModel(ClassifierConfig config, EncoderPrecision precision);

  const ClassifierConfig& config() const { return config_; }
  // One row of logits (B x labels) for each sequence, as Encoder::states takes them.
  Matrix logits(const PackedTokens& tokens) const;

 private:
  ClassifierConfig config_;
  Encoder encoder_;
  Linear dense_;
  LayerNormWeights norm_;
  Linear output_;
};

}  // namespace genre
