// The prepared dataset of a configuration, from the cache when the same sources were prepared the same way before.
#pragma once

#include <filesystem>

#include "genre/data/dataset.h"
#include "genre/engine/config.h"

namespace genre {

enum class CachePolicy { kUse, kFresh };

struct PreparedData {
  Dataset dataset;
  std::filesystem::path folder;         // where it lies
  std::filesystem::path rejected_path;  // empty when no row was rejected
  bool from_cache = false;
};

// The key covers the data digest and path, size and modification time of every source file. Throws what prepare() and
// load_dataset() throw; a damaged cache entry is prepared again, and so is what
// comes from a database.
PreparedData prepared_data(const EngineConfig& config, CachePolicy policy);

}  // namespace genre
