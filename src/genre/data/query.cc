#include "genre/data/query.h"

#include <duckdb.h>

#include <mutex>

#include "genre/base/error.h"

namespace genre {

// Opening takes 20 ms and a folder that Spark wrote has hundreds of files, so the process keeps one open.
struct Database::Instance {
  duckdb_database database = nullptr;
  std::mutex mutex;
  std::vector<duckdb_connection> idle;

  Instance() {
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    // A file that is replaced by another of the same time and size must be read anew, so nothing of files is kept.
    for (const auto* const name :
         {"autoinstall_known_extensions", "autoload_known_extensions", "enable_external_file_cache"})
      duckdb_set_config(config, name, "false");
    char* words = nullptr;
    const bool opened = duckdb_open_ext(nullptr, &database, config, &words) == DuckDBSuccess;
    duckdb_destroy_config(&config);
    const std::string reason = words == nullptr ? "" : words;
    duckdb_free(words);
    if (!opened) throw Error(ErrorCode::kDependency, "DuckDB does not start: " + reason);
  }
  ~Instance() {
    for (duckdb_connection& connection : idle) duckdb_disconnect(&connection);
    duckdb_close(&database);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Connections are used again: DuckDB's threads may look at one for a moment after its last query has ended. Null
  // where there is none to be had.
  duckdb_connection take() {
    const std::lock_guard lock(mutex);
    duckdb_connection connection = nullptr;
    if (idle.empty()) {
      if (duckdb_connect(database, &connection) != DuckDBSuccess) return nullptr;
    } else {
      connection = idle.back();
      idle.pop_back();
    }
    return connection;
  }
  void give_back(duckdb_connection connection) {
    const std::lock_guard lock(mutex);
    idle.push_back(connection);
  }

  bool answers() {
    const duckdb_connection connection = take();
    if (connection == nullptr) return false;
    duckdb_result result{};
    const bool good = duckdb_query(connection, "SELECT 1", &result) == DuckDBSuccess;
    duckdb_destroy_result(&result);
    give_back(connection);
    return good;
  }
};

struct Database::State {
  std::shared_ptr<Instance> instance;
  duckdb_connection connection = nullptr;
  ~State() {
    if (connection != nullptr) instance->give_back(connection);
  }
};

struct Query::State {
  duckdb_prepared_statement statement = nullptr;
  duckdb_result result{};
  duckdb_data_chunk chunk = nullptr;
  std::int64_t rows = 0;
  struct Column {
    duckdb_string_t* data = nullptr;
    std::uint64_t* validity = nullptr;
  };
  std::vector<Column> columns;
  ~State() {
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
  }
};

namespace {

// The first line says what is wrong; the rest is advice on DuckDB's own options.
[[noreturn]] void fail(const char* words) {
  const std::string text = words == nullptr ? "DuckDB gave no reason" : words;
  throw Error(ErrorCode::kData, text.substr(0, text.find('\n')));
}

}  // namespace

Database::Database() : state_(std::make_unique<State>()) {
  static std::mutex mutex;
  static std::shared_ptr<Instance> current;
  const std::lock_guard lock(mutex);
  // A damaged file may make an instance refuse all further work; whoever holds it keeps it to the end.
  if (current == nullptr || !current->answers()) current = std::make_shared<Instance>();
  state_->instance = current;
  state_->connection = current->take();
  if (state_->connection == nullptr) throw Error(ErrorCode::kDependency, "DuckDB takes no connection");
}
Database::~Database() = default;

Query::Query(Database& database, const std::string& sql, const std::vector<std::string>& parameters)
    : state_(std::make_unique<State>()) {
  if (duckdb_prepare(database.state_->connection, sql.c_str(), &state_->statement) != DuckDBSuccess)
    fail(duckdb_prepare_error(state_->statement));
  for (std::size_t i = 0; i < parameters.size(); ++i)
    duckdb_bind_varchar_length(state_->statement, i + 1, parameters[i].data(), parameters[i].size());
  if (duckdb_execute_prepared_streaming(state_->statement, &state_->result) != DuckDBSuccess)
    fail(duckdb_result_error(&state_->result));
  state_->columns.resize(duckdb_column_count(&state_->result));
  for (std::size_t i = 0; i < state_->columns.size(); ++i)
    if (duckdb_column_type(&state_->result, i) != DUCKDB_TYPE_VARCHAR) fail("a column is not text");
}
Query::~Query() = default;

bool Query::next_chunk() {
  duckdb_destroy_data_chunk(&state_->chunk);
  state_->chunk = duckdb_fetch_chunk(state_->result);
  if (state_->chunk == nullptr) {
    if (const char* words = duckdb_result_error(&state_->result); words != nullptr && *words != '\0') fail(words);
    return false;
  }
  state_->rows = static_cast<std::int64_t>(duckdb_data_chunk_get_size(state_->chunk));
  for (std::size_t i = 0; i < state_->columns.size(); ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(state_->chunk, i);
    state_->columns[i] = {static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector)),
                          duckdb_vector_get_validity(vector)};
  }
  return state_->rows > 0;
}

std::int64_t Query::rows() const { return state_->rows; }

std::optional<std::string_view> Query::cell(std::int64_t row, std::size_t column) const {
  const auto& [data, validity] = state_->columns[column];
  if (validity != nullptr && !duckdb_validity_row_is_valid(validity, static_cast<idx_t>(row))) return std::nullopt;
  return std::string_view(duckdb_string_t_data(&data[row]), duckdb_string_t_length(data[row]));
}

std::string quoted_identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace genre
