// The settings of a model folder as GGUF metadata, and back: sizes, epsilons, rotary embedding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "genre/base/gguf_writer.h"

namespace genre {

// Reads FOLDER/config.json, writes general.* and ARCHITECTURE.* and returns the architecture. Small JSON files of the
// folder are kept as they are below genre.file.*, so that the way back loses nothing. Throws Error(kNotFound), or
// Error(kData) for an architecture that has no model_family, a size that is missing, or scaled positions.
std::string write_gguf_settings(const std::filesystem::path& folder, GgufWriter& out);

// What the order of tensors depends on, from FOLDER/config.json. Throws Error(kNotFound) or Error(kData).
struct ModelShape {
  std::int64_t heads = 0, key_value_heads = 0;
  bool tied_head = false;  // logits by the embedding table
};
ModelShape read_model_shape(const std::filesystem::path& folder);

// Writes config.json (and what write_gguf_settings kept) into `folder`. Throws Error(kData) as above.
void write_folder_settings(const GgufFile& file, const std::filesystem::path& folder);

}  // namespace genre
