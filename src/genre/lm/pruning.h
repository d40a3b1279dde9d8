// Structured pruning: whole layers, attention heads, feed-forward units and tokens leave a model, and what stays is an
// ordinary model folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace genre {

struct PruningOptions {
  std::vector<int> keep_layers;         // these stay and no others; none: as `layers` says
  int layers = 0;                       // so many stay, those that the samples need most; 0: all
  int heads = 0;                        // so many stay in every layer; 0: all
  int feed_forward = 0;                 // units that stay in every layer; 0: all
  bool keep_shapes = false;             // heads that go become zeros instead: for programs that know no `pruned_heads`
  std::vector<std::string> vocabulary;  // tokens of these texts stay (vocabulary_trim.h); none: all tokens
};

struct ModelSize {
  std::int64_t layers = 0, heads = 0, feed_forward = 0, vocabulary = 0;  // heads and units of a layer
  std::int64_t parameters = 0, bytes = 0;                                // of tensors
};

// A layer that was left out by measure, and how far the outputs were from those of the whole model since then: mean
// cosine distance of vectors (encoders), mean KL divergence in nats (decoders).
struct LeftOutLayer {
  int layer;
  double change;
};

struct Pruning {
  std::string architecture;
  ModelSize before, after;
  std::vector<int> kept_layers;
  std::vector<LeftOutLayer> left_out;  // in the order in which they went; empty where the caller chose
};

// Both read a folder with safetensors and write a new folder (config.json, tokenizer, safetensors, and what else the
// folder holds), which appears whole or not at all. `samples` are texts of the kind that the model is meant for; parts
// are measured on them (encoder_importance.h). Where the product behind heads or units has a bias, it takes over the
// mean of what went. Throw Error(kConfig) for options that the model has no room for or that its kind does not
// support, or an output that exists; Error(kNotFound), Error(kData), Error(kResources).

// Any encoder of encoder_architecture.h. Heads: types with separate queries, keys and values write `pruned_heads`,
// which transformers below version 5 reads; the others, and newer transformers, need `keep_shapes`. The first layer of
// ModernBERT stays.
Pruning prune_encoder(const std::filesystem::path& folder, const PruningOptions& options,
                      std::span<const std::string> samples, const std::filesystem::path& output);
// Any decoder of decoder_config.h: layers only.
Pruning prune_decoder(const std::filesystem::path& folder, const PruningOptions& options,
                      std::span<const std::string> samples, const std::filesystem::path& output);

}  // namespace genre
