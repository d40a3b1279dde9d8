#include <fmt/format.h>

#include <memory>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/data/column_binding.h"
#include "genre/data/libpq.h"
#include "genre/data/postgresql_url.h"
#include "genre/data/query.h"
#include "genre/data/source_formats.h"

namespace genre {
namespace {

struct Finish {
  void operator()(PGconn* connection) const { libpq().finish(connection); }
  void operator()(PGresult* result) const { libpq().clear(result); }
  void operator()(PQconninfoOption* options) const { libpq().conninfo_free(options); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Result = std::unique_ptr<PGresult, Finish>;

bool is_address(const std::string& path) {
  return path.starts_with("postgresql://") || path.starts_with("postgres://");
}

class PostgresqlReader {
 public:
  explicit PostgresqlReader(const SourceOptions& options)
      : options_(options),
        place_{.file = is_address(options.path) ? without_password(options.path) : "", .line = 0, .key = {}} {}

  void read(const ColumnRequest& request, const RowSink& sink) {
    const std::string source = select_source();
    connect();
    // Whatever the query says, it changes nothing; times come as RFC 3339 in UTC.
    for (const auto* const command : {"SET timezone = 'UTC'", "SET datestyle = 'ISO'", "BEGIN READ ONLY"}) run(command);
    const std::vector<std::string> names = column_names("SELECT * FROM " + source);
    const ColumnBinding binding = bind_columns(request, names, names.size(), place_);
    std::string wanted;
    for (const std::size_t column : binding.columns)
      wanted += (wanted.empty() ? "" : ", ") + quoted_identifier(names[column]);
    stream("SELECT " + wanted + " FROM " + source, binding, sink);
    run("COMMIT");
  }

 private:
  std::string select_source() const {
    if (options_.table.empty() == options_.query.empty())
      throw Error(ErrorCode::kConfig,
                  options_.table.empty() ? "a PostgreSQL source has neither table nor query"
                                         : "a PostgreSQL source has both table and query",
                  "table = \"schema.name\", or query = \"SELECT ...\"", place_at("table"));
    if (options_.table.empty()) {
      const std::size_t end = options_.query.find_last_not_of("; \t\r\n");
      return "(" + options_.query.substr(0, end + 1) + "\n) AS genre_source";
    }
    const std::size_t dot = options_.table.find('.');
    if (dot == std::string::npos) return quoted_identifier(options_.table);
    return quoted_identifier(options_.table.substr(0, dot)) + "." + quoted_identifier(options_.table.substr(dot + 1));
  }

  Place place_at(const char* key) const { return {.file = place_.file, .line = 0, .key = key}; }

  void connect() {
    // libpq's own words about an address that it cannot read quote the address, and with it the password.
    const std::string& address = options_.path;
    const std::size_t at = address.substr(0, address.find('?')).rfind('@');
    const bool doubtful = at != std::string::npos && address.find('/', address.find("://") + 3) < at;
    const std::unique_ptr<PQconninfoOption, Finish> parsed(libpq().conninfo_parse(address.c_str(), nullptr));
    if (!is_address(address) || doubtful || !parsed)
      throw Error(
          ErrorCode::kConfig, "the address of the database cannot be read",
          "postgresql://USER@HOST:5432/DATABASE, with / @ : ? of names written as %2F %40 %3A %3F; the password "
          "may stay in PGPASSWORD or ~/.pgpass",
          place_at("path"));
    for (const auto* option = parsed.get(); option->keyword != nullptr; ++option)
      if (option->val != nullptr && option->dispchar[0] == '*') secrets_.emplace_back(option->val);
    const char* const keywords[] = {"connect_timeout", "fallback_application_name", "dbname", "client_encoding",
                                    nullptr};
    const char* const values[] = {"10", "genre", address.c_str(), "UTF8", nullptr};
    connection_.reset(libpq().connect(keywords, values, /*expand_dbname=*/1));
    if (libpq().status(connection_.get()) != CONNECTION_OK)
      throw Error(ErrorCode::kDependency, "the database cannot be reached: " + server_words(),
                  "check the address, and that the server runs and lets you in", place_);
  }

  // What the server or libpq says, on one line and without secrets.
  std::string server_words() const {
    std::string words = libpq().error_message(connection_.get());
    for (const auto& secret : secrets_)
      for (std::size_t at; !secret.empty() && (at = words.find(secret)) != std::string::npos;)
        words.replace(at, secret.size(), "***");
    words.resize(words.find_last_not_of(" \n") + 1);
    for (char& c : words)
      if (c == '\n') c = ' ';
    return words;
  }

  [[noreturn]] void fail() const {
    throw Error(ErrorCode::kData, "the database does not answer the query: " + server_words(),
                "check table, query and the rights of the user", place_);
  }

  void run(const char* command) {
    if (libpq().result_status(Result(libpq().exec(connection_.get(), command)).get()) != PGRES_COMMAND_OK) fail();
  }

  std::vector<std::string> column_names(const std::string& sql) {
    if (libpq().result_status(Result(libpq().prepare(connection_.get(), "", sql.c_str(), 0, nullptr)).get()) !=
        PGRES_COMMAND_OK)
      fail();
    const Result described(libpq().describe_prepared(connection_.get(), ""));
    if (libpq().result_status(described.get()) != PGRES_COMMAND_OK) fail();
    std::vector<std::string> out;
    for (int i = 0; i < libpq().fields(described.get()); ++i) out.emplace_back(libpq().field_name(described.get(), i));
    return out;
  }

  // Row by row as they come in, so that memory does not depend on their number.
  void stream(const std::string& sql, const ColumnBinding& binding, const RowSink& sink) {
    if (libpq().send_query(connection_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, /*resultFormat=*/0) ==
            0 ||
        libpq().set_single_row_mode(connection_.get()) == 0)
      fail();
    std::vector<std::optional<std::string_view>> cells(binding.roles.size());
    std::string content;
    std::int64_t number = 0;
    while (Result row{libpq().get_result(connection_.get())}) {
      if (libpq().result_status(row.get()) == PGRES_TUPLES_OK) continue;  // the end
      if (libpq().result_status(row.get()) != PGRES_SINGLE_TUPLE) fail();
      if (number % 1024 == 0) throw_if_interrupted();
      content.clear();
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const int column = static_cast<int>(i);
        cells[i].reset();
        if (libpq().is_null(row.get(), 0, column) == 0)
          cells[i] = std::string_view(libpq().value(row.get(), 0, column),
                                      static_cast<std::size_t>(libpq().length(row.get(), 0, column)));
        content += i > 0 ? "," : "";
        content += cells[i].value_or("");
      }
      sink({.row = ++number, .roles = binding.roles, .cells = cells, .content = content, .fault = {}});
    }
  }

  const SourceOptions& options_;
  Place place_;
  std::vector<std::string> secrets_;
  Connection connection_;
};

}  // namespace

void read_postgresql_rows(const SourceOptions& options, const ColumnRequest& request, const RowSink& sink) {
  PostgresqlReader(options).read(request, sink);
}

}  // namespace genre
