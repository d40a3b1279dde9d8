// Parquet files written row by row, as a folder of part-00000.parquet, part-00001.parquet, ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace genre {

struct ParquetColumn {
  enum class Type { kText, kTextList, kInteger, kReal, kTime };  // VARCHAR, VARCHAR[], BIGINT, FLOAT, TIMESTAMP (UTC)
  std::string name;
  Type type = Type::kText;
};

// Memory: one part of at most `rows_a_file` rows. Not thread-safe. Throws Error(kResources) with DuckDB's own words.
class ParquetWriter {
 public:
  // Makes `folder` where it is not there.
  ParquetWriter(std::filesystem::path folder, std::vector<ParquetColumn> columns, std::int64_t rows_a_file = 1 << 20);
  ~ParquetWriter();  // without finish() the last rows are lost
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  // The cells of a row in order of columns, each of its column's type (assert), then end_row().
  void text(std::string_view value);
  void texts(const std::vector<std::string_view>& values);
  void integer(std::int64_t value);
  void real(float value);
  void time(std::int64_t milliseconds);
  void null();
  void end_row();

  void finish();  // writes the last part; at least one, with no rows where there were none

 private:
  struct State;
  void write_part();
  std::filesystem::path folder_;
  std::vector<ParquetColumn> columns_;
  std::int64_t rows_a_file_, rows_ = 0;
  int parts_ = 0;
  std::unique_ptr<State> state_;
};

}  // namespace genre
