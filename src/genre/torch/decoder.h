// The decoders of lm/decoder.h as a graph that gradients flow through, from the same safetensors folders and under the
// same names: Llama, Qwen2, Qwen3, SmolLM2, GPT-2.
#pragma once

#include <torch/types.h>

#include <string>

#include "genre/lm/decoder_config.h"
#include "genre/lm/decoder_names.h"
#include "genre/torch/packed_batch.h"
#include "genre/torch/transformer.h"

namespace genre::trainer {

class Decoder : public Transformer {
 public:
  // Adds the weights of the folder to `parameters`, which outlives this object. Throws Error(kNotFound) or Error(kData)
  // naming file and tensor, and Error(kConfig) for a GGUF file.
  Decoder(const std::filesystem::path& folder, Parameters& parameters);

  // States (T x D) behind the final norm, each token seeing those before it in its sequence.
  torch::Tensor states(const PackedBatch& batch) const;
  // N x D states to N x V logits.
  torch::Tensor logits(const torch::Tensor& states) const;

  const DecoderConfig& config() const { return config_; }
  const std::string& words() const override { return words_; }
  int layers() const override { return config_.layers; }
  std::int64_t width() const override { return config_.width; }
  std::int64_t heads() const override { return config_.heads; }
  std::int64_t key_heads() const override { return config_.key_value_heads; }
  std::int64_t head_size() const override { return config_.head_size; }
  std::string_view kind() const override { return config_.architecture; }
  std::string linear_name(int layer, std::string_view which) const override;
  std::string adapters_name(int layer, Block block) const override {
    return name(layer, block == Block::kAttention ? names_.layer.attention_adapters : names_.layer.output_adapters);
  }
  torch::Tensor product(const std::string& name, const torch::Tensor& x) const override;
  bool input_major() const override { return names_.input_major; }
  std::int64_t inputs(const std::string& name) const override;
  std::int64_t outputs(const std::string& name) const override;

 private:
  torch::Tensor norm(const std::string& name, const torch::Tensor& x) const;
  torch::Tensor attend(int layer, const torch::Tensor& x, const PackedBatch& batch, const torch::Tensor& mask) const;
  torch::Tensor feed_forward(int layer, const torch::Tensor& x) const;
  torch::Tensor one_layer(int layer, torch::Tensor x, const PackedBatch& batch, const torch::Tensor& mask) const;
  std::string name(int layer, const std::string& part) const {
    return names_.layer_prefix + std::to_string(layer) + "." + part;
  }

  DecoderConfig config_;
  DecoderNames names_;
  Parameters& parameters_;
  std::string words_;
};

}  // namespace genre::trainer
