// Rows of one source file as text cells, whatever its format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/options.h"

namespace genre {

// What a consumer wants of each row. `role` is the key of the configuration's columns: user, item, id, title, ...
struct WantedColumn {
  std::string role;
  config::ColumnRef column;
  bool required = true;  // false: left out where the file lacks it
};

struct SourceRow {
  std::int64_t row = 0;                                    // line of a text file, else number of the row from 1
  std::span<const std::string> roles;                      // of the cells; may grow from row to row in JSON
  std::span<const std::optional<std::string_view>> cells;  // UTF-8; nothing where the row has no such cell
  std::string_view content;                                // the row as it stands, for showing
  std::string_view fault;                                  // not empty: why the row cannot be read; it has no cells
};

struct ColumnRequest {
  std::vector<WantedColumn> wanted;
  bool all_others = false;  // every other column of the file too, under its own name
};

// Calls `sink` for each row of `file`; views end with the call. Throws Error(kNotFound), Error(kData) for a file that
// cannot be read as its format, or Error(kConfig) for columns that it lacks, with the nearest name.
void read_rows(const std::filesystem::path& file, const SourceOptions& options, const ColumnRequest& request,
               const std::function<void(const SourceRow&)>& sink);

// The files that options.path names, in name order: a file, those of a glob, and of folders the Parquet files in them
// and below (not those whose name begins with _ or a dot, as Spark's own). A database is one file, its address without
// the password. Throws Error(kNotFound) with the nearest name in its folder.
std::vector<std::filesystem::path> source_files(const SourceOptions& options, const std::filesystem::path& base_folder);

}  // namespace genre
