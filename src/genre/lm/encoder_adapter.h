// An adapter beside an encoder whose weights stay as they are.
#pragma once

#include <filesystem>
#include <vector>

#include "genre/lm/bottleneck.h"
#include "genre/lm/encoder_config.h"
#include "genre/lm/lora_product.h"

namespace genre {

struct EncoderAdapter {
  struct Layer {
    LoraProduct query_key_value, attention_output, inner, outer;
    Bottleneck after_attention = {}, after_feed_forward = {};
  };
  std::vector<Layer> layers;
  bool reads_sum = false;  // as BottleneckAdapter has it
  Matrix prompt = {};      // word embeddings of virtual tokens, one a row

  std::size_t bytes() const;
};

// A folder as PEFT (lora.h, virtual_tokens.h) or AdapterHub (bottleneck.h) writes it, except prefixes, which no encoder
// reads. Module names with or without the architecture's
// prefix. What an adapter says about the pooler, which no vector passes through, is left aside. Throws
// Error(kNotFound), or Error(kData) for another module that the model does not have and for shapes of another model.
EncoderAdapter read_encoder_adapter(const std::filesystem::path& folder, const EncoderConfig& config);

}  // namespace genre
