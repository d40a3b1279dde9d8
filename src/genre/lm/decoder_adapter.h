// An adapter for the products of a decoder whose weights stay as they are.
#pragma once

#include <vector>

#include "genre/lm/decoder_config.h"
#include "genre/lm/lora_product.h"

namespace genre {

struct DecoderAdapter {
  struct Layer {
    LoraProduct query_key_value, attention_output, inner, outer;
  };
  std::vector<Layer> layers;
  LoraProduct head;

  std::size_t bytes() const;
};

// By the module names of transformers, whatever file the weights come from. Throws Error(kData) for a module that the
// model does not have and for shapes of another model.
DecoderAdapter read_decoder_adapter(const LoraAdapter& adapter, const DecoderConfig& config);

}  // namespace genre
