#include "genre/data/parquet_writer.h"

#include <duckdb.h>
#include <fmt/format.h>

#include "genre/base/error.h"
#include "genre/data/query.h"

namespace genre {
namespace fs = std::filesystem;

struct ParquetWriter::State {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  duckdb_appender appender = nullptr;
  ~State() {
    duckdb_appender_destroy(&appender);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
  }

  void run(const std::string& sql, const fs::path& file) {
    duckdb_result result;
    const bool done = duckdb_query(connection, sql.c_str(), &result) == DuckDBSuccess;
    const std::string words = done || duckdb_result_error(&result) == nullptr ? "" : duckdb_result_error(&result);
    duckdb_destroy_result(&result);
    if (!done) fail(words, file);
  }
  [[noreturn]] static void fail(const std::string& words, const fs::path& file) {
    throw Error(ErrorCode::kResources, "the Parquet file cannot be written: " + words.substr(0, words.find('\n')),
                "check the folder's rights and free space", {.file = file.string(), .line = 0, .key = {}});
  }
};

namespace {

const char* sql_type(ParquetColumn::Type type) {
  switch (type) {
    case ParquetColumn::Type::kText:
      return "VARCHAR";
    case ParquetColumn::Type::kTextList:
      return "VARCHAR[]";
    case ParquetColumn::Type::kInteger:
      return "BIGINT";
    case ParquetColumn::Type::kReal:
      return "FLOAT";
    case ParquetColumn::Type::kTime:
      return "TIMESTAMP";
  }
  return "";
}

std::string quoted_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

}  // namespace

ParquetWriter::ParquetWriter(fs::path folder, std::vector<ParquetColumn> columns, std::int64_t rows_a_file)
    : folder_(std::move(folder)),
      columns_(std::move(columns)),
      rows_a_file_(rows_a_file),
      state_(std::make_unique<State>()) {
  std::error_code error;
  fs::create_directories(folder_, error);
  // One thread: others of DuckDB's may look at the connection for a moment after the last statement, when it is gone.
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  duckdb_set_config(config, "threads", "1");
  const bool opened = duckdb_open_ext(nullptr, &state_->database, config, nullptr) == DuckDBSuccess;
  duckdb_destroy_config(&config);
  if (!opened || duckdb_connect(state_->database, &state_->connection) != DuckDBSuccess)
    throw Error(ErrorCode::kDependency, "DuckDB does not start");
  std::string list;
  for (const auto& column : columns_)
    list += (list.empty() ? "" : ", ") + quoted_identifier(column.name) + " " + sql_type(column.type);
  state_->run("CREATE TABLE part (" + list + ")", folder_);
  if (duckdb_appender_create(state_->connection, nullptr, "part", &state_->appender) != DuckDBSuccess)
    State::fail("no appender", folder_);
}
ParquetWriter::~ParquetWriter() = default;

void ParquetWriter::text(std::string_view value) {
  duckdb_append_varchar_length(state_->appender, value.data(), value.size());
}

void ParquetWriter::texts(const std::vector<std::string_view>& values) {
  std::vector<duckdb_value> elements;
  elements.reserve(values.size() + 1);  // DuckDB wants an address of no elements too
  for (const auto value : values) elements.push_back(duckdb_create_varchar_length(value.data(), value.size()));
  duckdb_logical_type type = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_value list = duckdb_create_list_value(type, elements.data(), elements.size());
  duckdb_append_value(state_->appender, list);
  duckdb_destroy_value(&list);
  duckdb_destroy_logical_type(&type);
  for (auto& element : elements) duckdb_destroy_value(&element);
}

void ParquetWriter::integer(std::int64_t value) { duckdb_append_int64(state_->appender, value); }
void ParquetWriter::real(float value) { duckdb_append_float(state_->appender, value); }
void ParquetWriter::time(std::int64_t milliseconds) {
  duckdb_append_timestamp(state_->appender, duckdb_timestamp{milliseconds * 1000});
}
void ParquetWriter::null() { duckdb_append_null(state_->appender); }

void ParquetWriter::end_row() {
  if (duckdb_appender_end_row(state_->appender) != DuckDBSuccess) {
    const char* const words = duckdb_appender_error(state_->appender);
    State::fail(words == nullptr ? "a row does not fit its columns" : words, folder_);
  }
  if (++rows_ == rows_a_file_) write_part();
}

void ParquetWriter::write_part() {
  const fs::path file = folder_ / fmt::format("part-{:05}.parquet", parts_++);
  if (duckdb_appender_flush(state_->appender) != DuckDBSuccess) State::fail("the rows do not fit their columns", file);
  state_->run("COPY part TO " + quoted_text(file.string()) + " (FORMAT parquet, COMPRESSION zstd)", file);
  state_->run("DELETE FROM part", file);
  rows_ = 0;
}

void ParquetWriter::finish() {
  if (rows_ > 0 || parts_ == 0) write_part();
}

}  // namespace genre
