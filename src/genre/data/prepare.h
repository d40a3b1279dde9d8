// From source files to a prepared dataset: read, clean, number, split.
#pragma once

#include <filesystem>

#include "genre/data/dataset.h"
#include "genre/data/options.h"

namespace genre {

struct PrepareResult {
  Dataset dataset;
  std::filesystem::path rejected_path;  // CSV of rejected rows: file, row, reason, content; empty when none
};

// Relative paths count from `base_folder`; rejected rows are written to `rejected_path` (when there are any). Every
// cleaning rule adds a step with rows in and out. Deterministic in options and seed. Throws Error(kNotFound) for a
// missing file, Error(kData) with file, line and next step for data that cannot be used (wrong delimiter, header that
// is not there, nothing left, one user), Error(kConfig) for columns that the file lacks (with the nearest name).
PrepareResult prepare(const DataOptions& options, const std::filesystem::path& base_folder, std::uint64_t seed,
                      const std::filesystem::path& rejected_path);

}  // namespace genre
