#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/data/column_binding.h"
#include "genre/data/query.h"
#include "genre/data/source_formats.h"

namespace genre {
namespace {

constexpr const char* kFile =
    "read_parquet($1, hive_partitioning = true, binary_as_string = true, file_row_number = true)";

}  // namespace

void read_parquet_rows(const std::filesystem::path& file, const ColumnRequest& request, const RowSink& sink) {
  const Place place = {.file = file.string(), .line = 0, .key = {}};
  try {
    Database database;
    std::vector<std::string> names, types;
    {
      Query columns(database,
                    std::string("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ") + kFile + ")",
                    {file.string()});
      while (columns.next_chunk()) {
        for (std::int64_t row = 0; row < columns.rows(); ++row) {
          if (columns.cell(row, 0) == "file_row_number") continue;
          names.emplace_back(columns.cell(row, 0).value_or(""));
          types.emplace_back(columns.cell(row, 1).value_or(""));
        }
      }
    }
    const ColumnBinding binding = bind_columns(request, names, names.size(), place);
    std::string select;
    for (const std::size_t column : binding.columns) {
      const std::string name = quoted_identifier(names[column]);
      select += types[column].ends_with("[]") ? "array_to_string(" + name + ", ', ')"
                : types[column] == "VARCHAR"  ? "NULLIF(" + name + ", '__HIVE_DEFAULT_PARTITION__')"  // Spark's null
                                              : "CAST(" + name + " AS VARCHAR)";
      select += ", ";
    }
    Query query(database, "SELECT " + select + "CAST(file_row_number + 1 AS VARCHAR) FROM " + kFile, {file.string()});
    std::vector<std::optional<std::string_view>> cells(binding.roles.size());
    std::string content;
    while (query.next_chunk()) {
      throw_if_interrupted();
      for (std::int64_t row = 0; row < query.rows(); ++row) {
        content.clear();
        for (std::size_t i = 0; i < cells.size(); ++i) {
          cells[i] = query.cell(row, i);
          content += i > 0 ? "," : "";
          content += cells[i].value_or("");
        }
        const std::string number(query.cell(row, cells.size()).value_or("0"));
        sink({.row = std::stoll(number), .roles = binding.roles, .cells = cells, .content = content, .fault = {}});
      }
    }
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kData || !e.place().file.empty()) throw;
    throw Error(ErrorCode::kData, "the Parquet file cannot be read: " + e.message(), "check that it was written whole",
                place);
  }
}

}  // namespace genre
