// The weights of an encoder, checked by name and shape, and repacked for products.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "genre/lm/encoder_config.h"
#include "genre/lm/tensor_source.h"
#include "genre/lm/weight_reader.h"

namespace genre {

struct EncoderLayerWeights {
  Linear query_key_value;  // D to 3D
  Linear attention_output;
  LayerNormWeights attention_norm;
  Linear inner, outer;  // D to I (2I where gated), and I to D
  LayerNormWeights output_norm;
};

struct EncoderWeights {
  EncoderPrecision precision = EncoderPrecision::kFp32;  // of products
  std::shared_ptr<const TensorSource> source;            // holds the embeddings where they are F32 there
  std::deque<Matrix> converted;                          // and this where they are not
  ConstMatrixView words, positions, types;               // empty where the architecture has none
  LayerNormWeights embedding_norm;
  Linear projection;     // of embeddings narrower than the states
  Matrix relative_bias;  // as attention takes it
  std::vector<EncoderLayerWeights> layers;
  LayerNormWeights final_norm;
};

// Reads the weights of the configuration's folder (open_tensors), whose names may have the architecture's prefix.
// Throws Error(kNotFound), or Error(kData) as WeightReader.
EncoderWeights read_encoder_weights(const EncoderConfig& config, EncoderPrecision precision);

}  // namespace genre
