// The forward pass of a BERT encoder over packed sequences.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "genre/linalg/matrix.h"
#include "genre/lm/bert_weights.h"

namespace genre {

// Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers" (2019). Immutable, so shareable
// between threads.
class BertEncoder {
 public:
  // Reads the weights of transformer_folder/model.safetensors. Throws as read_bert_weights.
  BertEncoder(const BertConfig& config, EncoderPrecision precision);

  const BertConfig& config() const { return config_; }

  // Vectors (B x D) of B packed sequences of token ids: sequence b is ids[offsets[b], offsets[b + 1]), never empty, at
  // most `positions` long; offsets has B + 1 elements. The thread works alone when it is inside a body of the global
  // pool.
  void encode(std::span<const std::int32_t> ids, std::span<const std::int32_t> offsets, MatrixView vectors) const;

 private:
  BertConfig config_;
  BertWeights weights_;
};

}  // namespace genre
