// What a language model is, whatever its family: read from its files without loading it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "genre/lm/registered_models.h"

namespace genre {

// The tensors of one storage format.
struct FormatShare {
  std::int64_t tensors = 0, parameters = 0, bytes = 0;
};

struct ModelDescription {
  std::string architecture;                                 // "bert", "llama", ...; empty where no file says
  std::vector<std::pair<std::string, std::int64_t>> shape;  // layers, width, heads, ...: those that the files give
  std::map<std::string, FormatShare> formats;               // by name: "F32", "Q4_1", ...
  std::int64_t parameters = 0, weight_bytes = 0;            // of tensors, as stored
  std::int64_t disk_bytes = 0;                              // of all files
  std::string licence;                                      // as the model's own files state it; else empty
  std::vector<RegisteredFile> files;

  // Weights in memory at most: every element as a float, or blocks of at most 8 bits where a decoder keeps integers
  // (matrices; vectors are floats). Files are mapped and count only while they are read.
  std::int64_t fp32_bytes = 0, integer_bytes = 0;
  // Keys and values of one position of a decoder, in floats; 0 for encoders.
  std::int64_t cache_bytes_per_position = 0;
};

// A folder or GGUF file. Throws Error(kNotFound) or Error(kData).
ModelDescription describe_model(const std::filesystem::path& path);

}  // namespace genre
