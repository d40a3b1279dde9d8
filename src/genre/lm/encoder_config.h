// The shape of an encoder, from the config.json of its folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "genre/base/gguf.h"
#include "genre/lm/encoder_architecture.h"
#include "genre/lm/model_json.h"

namespace genre {

struct EncoderConfig {
  const EncoderArchitecture* architecture = nullptr;  // one of encoder_architectures(), or gguf_bert_architecture()
  int hidden = 0, layers = 0, heads = 0, intermediate = 0;
  int embedding = 0;   // width of the embeddings; `hidden` unless a projection widens them
  int vocabulary = 0;  // rows of the word table
  int positions = 0;   // longest sequence
  int types = 0;       // rows of the type table; 0: none
  int padding = -1;    // as in EmbeddingTables
  float epsilon = 1e-12f;
  Activation activation = Activation::kGelu;
  bool attention_together = false;  // query, key and value are one tensor
  bool attention_bias = true, norm_bias = true;
  bool inner_bias = true, outer_bias = true;  // of the products of the feed-forward block
  int relative_buckets = 0;                   // of a relative position bias; 0: none
  std::vector<int> layer_heads;               // by layer: heads that pruning has left; none: all in every layer
  std::vector<bool> local;                    // by layer: attention sees `window` tokens to each side
  int window = 0;
  std::vector<float> global_frequencies, local_frequencies;  // of rotary positions, half a head each; none: not rotary

  std::filesystem::path folder;  // holds config.json, the weights and the tokenizer; or a GGUF file with all three

  int head_size() const { return hidden / heads; }
  int heads_of(int layer) const { return layer_heads.empty() ? heads : layer_heads[layer]; }
  // Rows of the position table; 0: none.
  int position_rows() const { return architecture->positions.empty() ? 0 : positions + padding + 1; }
};

// Reads FOLDER/config.json. Throws Error(kNotFound), or Error(kData) naming file and fault: a model_type that is not
// among encoder_architectures() (the message lists them), values out of range, heads that do not divide the width, and
// settings that change the forward pass in a way it does not know.
EncoderConfig read_encoder_config(const std::filesystem::path& folder);
// The same of a GGUF file with general.architecture `bert`: from its metadata, with GELU, or from the config.json that
// genre lm convert kept in it.
EncoderConfig read_encoder_config(const GgufFile& file);

// "gelu", "gelu_new", "relu", ... as configurations of transformers and torch modules call them; `name` is a text
// value.
Activation read_activation(const ModelJson& name);

// The longest sequence that the tokenizer's settings allow, or `otherwise`: model_max_length of tokenizer_config.json,
// which may also hold a huge number for "none".
int tokenizer_limit(const std::filesystem::path& folder, int otherwise);

}  // namespace genre
