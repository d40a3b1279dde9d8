// The shape of a BERT-family encoder and how its states become vectors, from the files of a sentence-transformers
// folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "genre/nn/pooling.h"

namespace genre {

struct BertConfig {
  int hidden = 0, layers = 0, heads = 0, intermediate = 0;
  int vocabulary = 0, positions = 0, types = 0;
  float epsilon = 1e-12f;
  nn::Pooling pooling = nn::Pooling::kMean;
  bool normalise = false;  // divide vectors by their length
  int maximum_tokens = 0;  // of a text, special tokens included; at most positions

  std::filesystem::path transformer_folder;  // holds config.json, the weights and the tokenizer
  std::vector<std::filesystem::path> files;  // those that were read
};

// Reads config.json, modules.json, the pooling module's config.json and sentence_bert_config.json. Without modules.json
// the folder is a plain encoder: mean pooling, no normalisation. Throws Error(kNotFound) or Error(kData) naming file
// and fault.
BertConfig read_bert_config(const std::filesystem::path& model_folder);

}  // namespace genre
