// Guesses how a file of events or items is laid out, from its first lines, so that a person can confirm it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "genre/data/options.h"

namespace genre {

struct InferredLayout {
  std::string format = "csv";  // csv, jsonl or parquet
  std::string delimiter = ",";
  bool header = true;
  std::string encoding = "utf-8";                    // or latin-1, utf-16
  std::string time_unit = "seconds";                 // or milliseconds, rfc3339, auto
  std::string date_order;                            // where auto needs one and the first rows tell it
  std::map<std::string, config::ColumnRef> columns;  // user, item, value, time, type; or id, title and the other fields
  std::vector<std::string> sample;                   // the first data row, cell by cell
  std::vector<std::string> names;                    // of the columns, in their order; empty without a header
  std::optional<double> smallest_value, largest_value;  // of the value column in the first 1,000 rows

  std::string example(const std::string& role) const;  // the role's cell in the sample
};

// Columns are recognised by the usual names (user_id, movieId, rating, timestamp, ...) or, without a header, by
// position and content. Files may be compressed (.gz, .zst). Throws Error(kNotFound), or Error(kData) naming what is
// missing when no user or item column can be told.
InferredLayout infer_interactions(const std::filesystem::path& path);
InferredLayout infer_items(const std::filesystem::path& path);

}  // namespace genre
