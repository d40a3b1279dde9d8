// How files call the tensors of a decoder, without ".weight" and ".bias".
#pragma once

#include <string>
#include <vector>

#include "genre/lm/decoder_config.h"

namespace genre {

struct DecoderLayerNames {
  std::string attention_norm;
  std::vector<std::string> query_key_value;  // three, or one that holds all
  std::string query_norm, key_norm, attention_output, feed_forward_norm;
  std::vector<std::string> inner;
  std::string outer;
  // The modules that AdapterHub puts bottleneck adapters behind, whatever file the weights come from.
  std::string attention_adapters = "attention_adapters", output_adapters = "output_adapters";
};

struct DecoderNames {
  std::string tokens, positions, norm, head;
  DecoderLayerNames layer;  // behind layer_prefix + number + "."
  std::string layer_prefix;
  bool input_major = false, interleaved = false;
};

DecoderNames gguf_decoder_names(const DecoderConfig& config);
// Of checkpoints of Hugging Face, with `prefix` in front of those of the transformer.
DecoderNames hugging_face_decoder_names(const DecoderConfig& config, const std::string& prefix);
// What stands in front of the names of a whole model, and is missing where a base model was saved.
std::string decoder_module_prefix(const DecoderConfig& config);

}  // namespace genre
