// The weights of a decoder, checked by name, shape and finiteness, and repacked for products.
#pragma once

#include <memory>
#include <vector>

#include "genre/lm/decoder_config.h"
#include "genre/lm/decoder_linear.h"

namespace genre {

// RMSNorm has no shift.
struct DecoderNorm {
  std::vector<float> gain, shift;
};

struct DecoderLayer {
  DecoderNorm attention_norm;
  DecoderLinear query_key_value;            // D to (H + 2 x key-value heads) x head size
  std::vector<float> query_norm, key_norm;  // head size, or none
  DecoderLinear attention_output;
  DecoderNorm feed_forward_norm;
  DecoderLinear inner;  // gates, then the values that they multiply; GPT-2: no gates
  DecoderLinear outer;
};

struct DecoderWeights {
  std::shared_ptr<const TensorSource> source;  // rows of the token table are read from the file
  StoredTensor tokens;                         // V x D
  Matrix positions;                            // GPT-2
  std::vector<DecoderLayer> layers;
  DecoderNorm norm;
  DecoderLinear head;  // D to V

  std::size_t bytes() const;  // in memory, without the mapped file
};

// Names of Hugging Face, with or without "model." or "transformer." in front, or of GGUF. The factors of GGUF's
// rope_freqs.weight are applied to the configuration. An adapter, or null, is merged into the weights. Throws
// Error(kData) naming file and tensor, for modules of the adapter that the model lacks as well.
DecoderWeights read_decoder_weights(std::shared_ptr<const TensorSource> source, DecoderConfig& config,
                                    DecoderPrecision precision, const LoraAdapter* adapter);

}  // namespace genre
