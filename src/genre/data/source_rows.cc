#include "genre/data/source_rows.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/data/postgresql_url.h"
#include "genre/data/source_formats.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

bool hidden(const fs::path& name) { return name.string().starts_with('_') || name.string().starts_with('.'); }

std::vector<fs::path> parquet_files(const fs::path& folder) {
  std::vector<fs::path> out;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
    if (hidden(entry->path().filename()))
      entry.disable_recursion_pending();
    else if (entry->is_regular_file() && entry->path().extension() == ".parquet")
      out.push_back(entry->path());
  }
  std::sort(out.begin(), out.end());
  if (out.empty())
    throw Error(ErrorCode::kNotFound, "the folder has no .parquet files", "check the path",
                {.file = folder.string(), .line = 0, .key = {}});
  return out;
}

std::string nearest_in_folder(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path.parent_path(), error))
    names.push_back(entry.path().filename().string());
  if (error)
    return fmt::format("there is no folder {} either; relative paths count from the configuration's folder",
                       path.parent_path().string());
  const auto nearest = nearest_name(path.filename().string(), names);
  return nearest ? fmt::format("did you mean '{}'?", *nearest) : "relative paths count from the configuration's folder";
}

std::vector<fs::path> matching(const fs::path& pattern) {
  glob_t found = {};
  std::vector<fs::path> out;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return out;
}

}  // namespace

std::vector<fs::path> source_files(const SourceOptions& options, const fs::path& base_folder) {
  if (options.path.empty())
    throw Error(ErrorCode::kConfig, "a source has no path", "add path = \"...\"",
                {.file = {}, .line = 0, .key = "path"});
  if (options.format == "postgresql") return {without_password(options.path)};
  const fs::path path = base_folder / options.path;
  std::error_code error;
  std::vector<fs::path> found = fs::exists(path, error) ? std::vector<fs::path>{path} : matching(path), out;
  for (const auto& one : found) {
    const bool folder = options.format == "parquet" && fs::is_directory(one, error);
    const auto files = folder ? parquet_files(one) : std::vector<fs::path>{one};
    out.insert(out.end(), files.begin(), files.end());
  }
  if (out.empty())
    throw Error(ErrorCode::kNotFound, "there is no such file", nearest_in_folder(path),
                {.file = path.string(), .line = 0, .key = {}});
  return out;
}

void read_rows(const fs::path& file, const SourceOptions& options, const ColumnRequest& request,
               const std::function<void(const SourceRow&)>& sink) {
  if (options.format == "jsonl") return read_json_rows(file, options, request, sink);
  if (options.format == "parquet") return read_parquet_rows(file, request, sink);
  if (options.format == "postgresql") return read_postgresql_rows(options, request, sink);
  if (options.format == "mind") return read_mind_rows(file, options, sink);
  if (options.format == "lists") return read_list_rows(file, options, sink);
  read_delimited_rows(file, options, request, sink);
}

}  // namespace genre
