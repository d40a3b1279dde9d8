// How an encoder's states become the vectors of texts, from the files of a sentence-transformers folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "genre/lm/encoder_config.h"
#include "genre/nn/pooling.h"

namespace genre {

// A product after pooling, with its weights in FOLDER/model.safetensors.
struct DenseConfig {
  std::filesystem::path folder;
  int inputs = 0, outputs = 0;
  bool bias = true;
  Activation activation = Activation::kTanh;
};

struct SentenceConfig {
  EncoderConfig encoder;
  nn::Pooling pooling = nn::Pooling::kMean;
  bool include_prompt = true;                  // in pooling
  std::vector<DenseConfig> dense;              // in this order
  bool normalise = false;                      // divide vectors by their length, last of all
  int maximum_tokens = 0;                      // of a text, special tokens included; at most encoder.positions
  std::map<std::string, std::string> prompts;  // text put before a text, by name
  std::string default_prompt;                  // a name among prompts; empty: none

  std::vector<std::filesystem::path> files;  // those that decide about vectors, weights and tokenizer not among them

  int dimension() const { return dense.empty() ? encoder.hidden : dense.back().outputs; }
};

// Reads modules.json and what it names, config.json, sentence_bert_config.json and config_sentence_transformers.json.
// Without modules.json the folder is a plain encoder: mean pooling, no normalisation. Of a GGUF file, or a folder with
// one and no config.json, the pooling is bert.pooling_type and vectors have unit length; where genre lm convert kept
// the JSON files in it, they say it. Throws Error(kNotFound) or Error(kData) naming file and fault.
SentenceConfig read_sentence_config(const std::filesystem::path& model_folder);

}  // namespace genre
