#include "genre/engine/prepared_data.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/sha256.h"
#include "genre/data/prepare.h"
#include "genre/data/source_rows.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

std::string cache_key(const EngineConfig& config) {
  Sha256 key;
  key.update(config.data_digest());
  const auto add = [&](const SourceOptions& source) {
    for (const auto& file : source_files(source, config.base_folder)) {
      std::error_code error;
      const auto absolute = fs::absolute(file, error).lexically_normal().string();
      const auto size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
      const auto time = fs::last_write_time(file, error).time_since_epoch().count();
      key.update(absolute + "\n" + std::to_string(size) + "\n" + std::to_string(time) + "\n");
    }
  };
  for (const auto& source : config.data.interactions) add(source);
  for (const auto& source : config.data.items) add(source);
  for (const auto& source : config.data.users) add(source);
  return key.hex();
}

// A table may have changed, and nothing tells.
bool from_database(const DataOptions& data) {
  const auto is_database = [](const SourceOptions& source) { return source.format == "postgresql"; };
  return std::any_of(data.interactions.begin(), data.interactions.end(), is_database) ||
         std::any_of(data.items.begin(), data.items.end(), is_database) ||
         std::any_of(data.users.begin(), data.users.end(), is_database);
}

}  // namespace

PreparedData prepared_data(const EngineConfig& config, CachePolicy policy) {
  const std::string key = cache_key(config);
  PreparedData out;
  out.folder = cache_folder() / "datasets" / key.substr(0, 32);
  const fs::path rejected = cache_folder() / "datasets" / (key.substr(0, 32) + ".rejected.csv");
  if (policy == CachePolicy::kUse && !from_database(config.data) && fs::is_directory(out.folder)) {
    try {
      out.dataset = load_dataset(out.folder);
      out.from_cache = true;
      if (fs::exists(rejected)) out.rejected_path = rejected;
      return out;
    } catch (const Error& e) {
      log_warning(std::string("the cached dataset is damaged and is prepared again: ") + e.what());
    }
  }
  PrepareResult result = prepare(config.data, config.base_folder, static_cast<std::uint64_t>(config.seed), rejected);
  out.dataset = std::move(result.dataset);
  out.rejected_path = result.rejected_path;
  save_dataset(out.dataset, out.folder);
  return out;
}

}  // namespace genre
