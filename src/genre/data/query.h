// DuckDB behind two small classes. Extensions are never fetched; Parquet is built in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace genre {

// A connection to the process's in-memory instance, which holds nothing between queries. One thread at a time; several
// databases at once are fine.
class Database {
 public:
  Database();  // throws Error(kDependency)
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

 private:
  friend class Query;
  struct Instance;
  struct State;
  std::unique_ptr<State> state_;
};

// A SELECT whose columns are all VARCHAR, read chunk by chunk. `parameters` stand for $1, $2, ... and are bound, never
// pasted. Throws Error(kData) with DuckDB's own words.
class Query {
 public:
  Query(Database& database, const std::string& sql, const std::vector<std::string>& parameters);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  bool next_chunk();          // false at the end
  std::int64_t rows() const;  // of the chunk
  // Nothing for NULL; valid until next_chunk().
  std::optional<std::string_view> cell(std::int64_t row, std::size_t column) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string quoted_identifier(std::string_view name);

}  // namespace genre
