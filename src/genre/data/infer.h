// Guesses how a text file of events or items is laid out, from its first lines, so that a person can confirm it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "genre/data/options.h"

namespace genre {

struct InferredLayout {
  std::string format = "csv";  // csv or jsonl
  std::string delimiter = ",";
  bool header = true;
  std::string encoding = "utf-8";
  std::string time_unit = "seconds";
  std::map<std::string, config::ColumnRef> columns;  // user, item, value, time, type; or id, title and the other fields
  std::vector<std::string> sample;                   // the first data row, cell by cell
  std::optional<double> smallest_value, largest_value;  // of the value column in the first 1,000 rows
};

// Columns are recognised by the usual names (user_id, movieId, rating, timestamp, ...) or, without a header, by
// position and content. Throws Error(kNotFound), or Error(kData) naming what is missing when no user or item column can
// be told.
InferredLayout infer_interactions(const std::filesystem::path& path);
InferredLayout infer_items(const std::filesystem::path& path);

}  // namespace genre
