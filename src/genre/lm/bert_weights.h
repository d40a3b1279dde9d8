// The weights of a BERT encoder, checked by name and shape, and repacked for products.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "genre/base/safetensors.h"
#include "genre/lm/bert_config.h"
#include "genre/lm/linear.h"

namespace genre {

struct LayerNormWeights {
  std::vector<float> gain, shift;
};

struct BertLayerWeights {
  Linear query_key_value;  // D to 3D
  Linear attention_output;
  LayerNormWeights attention_norm;
  Linear intermediate, output;
  LayerNormWeights output_norm;
};

struct BertWeights {
  std::shared_ptr<const SafetensorsFile> file;  // holds the embeddings where they are F32 there
  std::vector<Matrix> converted;                // and this where they are not
  ConstMatrixView words, positions;
  std::vector<float> type;  // of the first segment
  LayerNormWeights embedding_norm;
  std::vector<BertLayerWeights> layers;
};

// F32, F16 and BF16 tensors, with or without the prefix "bert.". Throws Error(kNotFound), or Error(kData) for a tensor
// that is missing, of another shape or type, or holds a value that is not finite.
BertWeights read_bert_weights(const std::filesystem::path& path, const BertConfig& config,
                              EncoderPrecision precision = EncoderPrecision::kFp32);

}  // namespace genre
