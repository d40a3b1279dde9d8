// Language-model vectors of every item of a dataset.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/engine/config.h"
#include "genre/linalg/matrix.h"

namespace genre {

struct ItemVectors {
  std::vector<std::string> texts;  // I; "" where an item has no text
  Matrix vectors;                  // I x D, unit rows, zero where there is no text; empty without language model
  std::string encoder_id;
  std::int64_t embedded = 0;  // texts that were not in the cache
  double seconds = 0;
};

// texts only, without a language model.
ItemVectors item_texts_only(const EngineConfig& config, const Dataset& dataset);
// Texts, and the vectors of [item_vectors]; encoder_id is the digest of their file.
ItemVectors item_vectors_of_file(const EngineConfig& config, const Dataset& dataset);
// Texts and vectors, cached under cache_folder()/vectors. Throws what the catalogue and the encoder throw.
ItemVectors encode_items(const EngineConfig& config, const Dataset& dataset);

}  // namespace genre
