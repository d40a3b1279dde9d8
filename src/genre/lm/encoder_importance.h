// How much each part of an encoder does, measured on texts: what pruning goes by.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "genre/lm/encoder.h"
#include "genre/lm/pruning.h"
#include "genre/nn/pooling.h"
#include "genre/text/tokenizer.h"

namespace genre {

// A set of texts as one encoder reads them.
class EncoderSamples {
 public:
  // Texts are cut to `maximum_tokens`.
  EncoderSamples(const Tokenizer& tokenizer, std::span<const std::string> texts, int maximum_tokens);

  std::int64_t texts() const { return texts_; }
  // Vectors of the texts (one row each) by plain pooling of the states, with what the probe leaves out left out.
  Matrix vectors(const Encoder& encoder, nn::Pooling pooling, const EncoderProbe& probe = {}) const;

 private:
  std::vector<PackedTokens> batches_;
  std::int64_t texts_ = 0;
};

// Leaves out one layer after the other until `kept` are left: always the one without which the vectors are closest to
// those of the whole model. The first layer stays where its norm is part of the embedding (norm_first). In the order in
// which they went. One pass over the samples for each layer that is tried.
std::vector<LeftOutLayer> least_needed_layers(const Encoder& encoder, nn::Pooling pooling,
                                              const EncoderSamples& samples, int kept);

// What one layer adds to the residual stream.
struct LayerContributions {
  // The root of the mean over tokens of the squared length of what a head, or a feed-forward unit, adds; about its mean
  // where the product behind has a bias, which can take the mean over. Source: An et al., "Fluctuation-based Adaptive
  // Structured Pruning for Large Language Models" (FLAP, 2024); about 0, the magnitude of Molchanov et al. (2019) and
  // Michel et al. (2019) without gradients.
  std::vector<double> heads, units;
  std::vector<float> attended_mean, unit_mean;  // of the inputs of the products behind
};

// By layer, those that the probe leaves out are empty. `layer_weights` gives the weights (D x inputs) of the products
// behind attention and behind the feed-forward units of a layer.
struct OutputWeights {
  Matrix attention, feed_forward;
  bool attention_bias = false, feed_forward_bias = false;
};
std::vector<LayerContributions> measure_contributions(const Encoder& encoder, const EncoderSamples& samples,
                                                      const std::vector<bool>& left_out,
                                                      const std::function<OutputWeights(int layer)>& layer_weights);

}  // namespace genre
