// The encoders of lm/encoder.h as a graph that gradients flow through, from the same files and under the same names.
#pragma once

#include <torch/types.h>

#include <string>

#include "genre/lm/encoder_config.h"
#include "genre/torch/packed_batch.h"
#include "genre/torch/transformer.h"

namespace genre::trainer {

struct EncoderNoise {
  double hidden = 0;     // dropout of the embeddings and of what each block adds
  double attention = 0;  // dropout of attention weights
  torch::Tensor shift;   // T x width, added to the word embeddings; undefined: nothing
};

class Encoder : public Transformer {
 public:
  // Adds the weights of the configuration's folder to `parameters`, which outlives this object, each name with the
  // architecture's prefix. Throws Error(kNotFound) or Error(kData) naming file and tensor, and Error(kConfig) for an
  // architecture that is not trained here (relative position biases).
  Encoder(const EncoderConfig& config, Parameters& parameters);

  // The states (T x D) in front of layer `from`, 0 being the embeddings, after layers [0, from).
  torch::Tensor embed(const PackedBatch& batch, const EncoderNoise& noise) const;
  // States in front of layer `from` to states in front of layer `to`.
  torch::Tensor run(torch::Tensor states, const PackedBatch& batch, int from, int to, const EncoderNoise& noise) const;
  // What the model gives for the states behind its last layer: their norm, where the architecture has one.
  torch::Tensor finish(const torch::Tensor& states) const;

  const EncoderConfig& config() const { return config_; }
  const std::string& words() const override { return words_; }
  int layers() const override { return config_.layers; }
  std::int64_t width() const override { return config_.hidden; }
  std::int64_t heads() const override { return config_.heads; }
  std::int64_t key_heads() const override { return config_.heads; }
  std::int64_t head_size() const override { return config_.head_size(); }
  std::string_view kind() const override { return config_.architecture->name; }
  std::string linear_name(int layer, std::string_view which) const override;
  std::string adapters_name(int layer, Block block) const override;
  torch::Tensor product(const std::string& name, const torch::Tensor& x) const override;
  std::int64_t inputs(const std::string& name) const override { return parameters_.sizes(name + ".weight")[1]; }
  std::int64_t outputs(const std::string& name) const override { return parameters_.sizes(name + ".weight")[0]; }

 private:
  torch::Tensor norm(const std::string& name, const torch::Tensor& x) const;
  torch::Tensor attend(int layer, const torch::Tensor& x, const PackedBatch& batch, double dropout) const;
  torch::Tensor feed_forward(int layer, const torch::Tensor& x) const;
  torch::Tensor one_layer(int layer, torch::Tensor states, const PackedBatch& batch, const EncoderNoise& noise) const;
  std::string name(int layer, std::string_view part) const;

  EncoderConfig config_;
  Parameters& parameters_;
  std::string prefix_, words_;
};

// x W^T + b with NAME.weight and, where it is there, NAME.bias.
torch::Tensor apply_linear(const Parameters& parameters, const std::string& name, const torch::Tensor& x);
torch::Tensor activate(Activation activation, const torch::Tensor& x);

}  // namespace genre::trainer
