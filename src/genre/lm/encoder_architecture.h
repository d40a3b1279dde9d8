// What tells the encoder architectures apart: where they keep their settings and tensors. How they compute follows from
// EncoderConfig; there is one forward pass.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "genre/linalg/activation.h"

namespace genre {

struct EncoderArchitecture {
  std::string_view name;  // model_type of config.json

  // Keys of config.json.
  std::string_view hidden = "hidden_size", layers = "num_hidden_layers", heads = "num_attention_heads",
                   intermediate = "intermediate_size", activation = "hidden_act", epsilon = "layer_norm_eps";

  // Tensors of the transformer, without ".weight" and ".bias"; empty: there is none. Checkpoints with a head put
  // `prefix` before each.
  std::string_view prefix;
  std::string_view words = "embeddings.word_embeddings", positions = "embeddings.position_embeddings", types,
                   embedding_norm = "embeddings.LayerNorm", projection, relative_bias, final_norm;
  // Of a layer, each after `layer`, in which {} is its number. `query_key_value` holds query, key and value one
  // below the other; with `gated`, `inner` holds the activated rows and then those that multiply them.
  std::string_view layer = "encoder.layer.{}.";
  std::string_view query = "attention.self.query", key = "attention.self.key", value = "attention.self.value",
                   query_key_value, attention_output = "attention.output.dense",
                   attention_norm = "attention.output.LayerNorm", inner = "intermediate.dense", outer = "output.dense",
                   output_norm = "output.LayerNorm";
  // The modules of a layer that AdapterHub puts bottleneck adapters behind.
  std::string_view attention_adapters = "attention_adapters", output_adapters = "output_adapters";

  // The head of a sequence classifier: activation(dense), perhaps a norm, output. Names are whole.
  std::string_view head_dense = "classifier.dense", head_norm, head_output = "classifier.out_proj";
  Activation head_activation = Activation::kTanh;

  // How it computes.
  bool pads_positions = false;  // positions count from the padding token's id + 1, and the table has those rows too
  bool norm_first = false;      // norms before attention and feed-forward, none before the first attention
  bool gated = false;           // the feed-forward block is a gated linear unit
  bool gate_last = false;       // whose activated rows come second
  bool rotary = false;          // positions turn queries and keys

  // Whether layers may have fewer heads than the configuration says (`pruned_heads`): queries, keys and values are
  // tensors of their own, and nothing else has a part for each head.
  bool prunes_heads() const { return query_key_value.empty() && relative_bias.empty() && !rotary; }
};

// Those of folders, by model_type.
std::span<const EncoderArchitecture> encoder_architectures();
// BERT with the tensor names of GGUF.
const EncoderArchitecture& gguf_bert_architecture();

// A pattern such as EncoderArchitecture::layer with the number of a layer in place of {}.
std::string layer_prefix(std::string_view pattern, int layer);

}  // namespace genre
