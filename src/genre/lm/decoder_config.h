// The shape of a decoder language model, from config.json of Hugging Face or from the metadata of a GGUF file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "genre/base/gguf.h"

namespace genre {

struct DecoderConfig {
  std::string architecture;  // "llama", "qwen2", "qwen3", "gpt2"
  int width = 0, layers = 0, heads = 0, key_value_heads = 0, head_size = 0, intermediate = 0;
  int vocabulary = 0;
  int positions = 0;  // longest sequence
  float epsilon = 1e-5f;
  float rope_theta = 10000;
  std::vector<float> rope_frequencies;   // head_size / 2, scaled; none: positions are learned (gpt2)
  std::vector<std::int32_t> end_tokens;  // any of them ends a generation
  std::int32_t begin_token = -1;         // put before every text; -1: none

  bool attention_bias = false;     // of queries, keys and values
  bool output_bias = false;        // of the product behind attention
  bool feed_forward_bias = false;  // of both products
  bool head_norms = false;         // RMSNorm of every query and key head (qwen3)
  bool tied_head = false;          // logits by the embedding table

  bool gpt2() const { return architecture == "gpt2"; }  // LayerNorm, GELU, learned positions
  // Of keys and values in a cache that holds `length` positions.
  std::size_t cache_bytes(std::int64_t length) const;
};

// Throws Error(kData) naming `path` where query heads do not share key-value heads evenly, heads have a size that
// attention does not take, or an end token is no token.
void check_decoder_shape(const DecoderConfig& config, const std::filesystem::path& path);

// config.json, and the end tokens of generation_config.json where there is one. Throws Error(kNotFound), or
// Error(kData) for an architecture, activation or scaling of positions that is not supported, or a shape that is none.
DecoderConfig read_decoder_config(const std::filesystem::path& model_folder);
// The same from metadata. Factors of a tensor rope_freqs.weight are not applied here.
DecoderConfig read_decoder_config(const GgufFile& file);

}  // namespace genre
