// An adapter beside a decoder whose weights stay as they are.
#pragma once

#include <filesystem>
#include <vector>

#include "genre/lm/bottleneck.h"
#include "genre/lm/decoder_config.h"
#include "genre/lm/lora_product.h"

namespace genre {

struct DecoderAdapter {
  struct Layer {
    LoraProduct query_key_value, attention_output, inner, outer;
    Bottleneck after_attention = {}, after_feed_forward = {};
  };
  std::vector<Layer> layers;
  LoraProduct head = {};
  bool reads_sum = false;  // as BottleneckAdapter has it

  std::size_t bytes() const;
};

// A folder as PEFT (lora.h) or AdapterHub (bottleneck.h) writes it, by the module names of transformers, whatever file
// the weights come from. Throws Error(kNotFound), or Error(kData) for a module that the model does not have and for
// shapes of another model.
DecoderAdapter read_decoder_adapter(const std::filesystem::path& folder, const DecoderConfig& config);

}  // namespace genre
