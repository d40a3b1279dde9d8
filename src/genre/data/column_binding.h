// Which physical columns of a file the wanted ones are.
#pragma once

#include <string>
#include <vector>

#include "genre/base/error.h"
#include "genre/data/source_rows.h"

namespace genre {

struct ColumnBinding {
  std::vector<std::string> roles;
  std::vector<std::size_t> columns;  // of each role
  std::size_t needed = 0;            // cells that a row must have for all required roles
};

// `names` is empty where the file has none; `width` is its number of columns. Throws Error(kConfig) for columns that
// the file lacks, with the nearest name.
ColumnBinding bind_columns(const ColumnRequest& request, const std::vector<std::string>& names, std::size_t width,
                           const Place& place);

// The error of a named column that is not there.
Error missing_column(const WantedColumn& wanted, const std::vector<std::string>& names, const Place& place);

}  // namespace genre
