// An adapter for the products of an encoder whose weights stay as they are.
#pragma once

#include <vector>

#include "genre/lm/encoder_config.h"
#include "genre/lm/lora_product.h"

namespace genre {

struct EncoderAdapter {
  struct Layer {
    LoraProduct query_key_value, attention_output, inner, outer;
  };
  std::vector<Layer> layers;

  std::size_t bytes() const;
};

// Module names with or without the architecture's prefix. What an adapter says about the pooler, which no vector passes
// through, is left aside. Throws Error(kData) for another module that the model does not have and for shapes of another
// model.
EncoderAdapter read_encoder_adapter(const LoraAdapter& adapter, const EncoderConfig& config);

}  // namespace genre
