#include "genre/store/sqlite.h"

#include <sqlite3.h>

#include "genre/base/error.h"

namespace genre::sqlite {

Connection::Connection(const std::filesystem::path& path, Access access) : path_(path) {
  const int flags = (access == Access::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
  try {
    if (result != SQLITE_OK) fail(result);
    sqlite3_extended_result_codes(handle_, 1);
    // Readers may meet the writer's checkpoint for a moment.
    if (const int timeout = sqlite3_busy_timeout(handle_, 5000); timeout != SQLITE_OK) fail(timeout);
    execute("PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY");
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

Connection::~Connection() { sqlite3_close_v2(handle_); }

void Connection::execute(const char* sql) {
  if (const int result = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); result != SQLITE_OK) fail(result);
}

std::int64_t Connection::integer(const char* sql) {
  Statement statement(*this, sql);
  return statement.row() ? statement.integer(0) : 0;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

void Connection::rollback() noexcept {
  if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Connection::changes() const { return sqlite3_changes64(handle_); }

void Connection::fail(int result) {
  const std::string what = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(result);
  if (result == SQLITE_IOERR_FSYNC || result == SQLITE_IOERR_DIR_FSYNC) sync_failed_ = true;
  const Place place{.file = path_.string()};
  switch (result & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      throw Error(ErrorCode::kData, "wanted an event store, found a damaged or foreign file: " + what,
                  "move the file away to start an empty store, or restore a copy", place);
    case SQLITE_FULL:
      throw Error(ErrorCode::kResources, "the event store cannot grow: " + what, "free disk space", place);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
      throw Error(ErrorCode::kResources, "the event store cannot be used: " + what,
                  "check the disk, and the permissions of the file and its folder", place);
    default:
      throw Error(ErrorCode::kRuntime, "the event store failed: " + what, "", place);
  }
}

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection) {
  check(sqlite3_prepare_v2(connection.get(), sql.data(), static_cast<int>(sql.size()), &handle_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::check(int result) {
  if (result != SQLITE_OK) connection_.fail(result);
}

void Statement::bind(int parameter, std::string_view text) {
  // A null pointer would bind NULL in place of "".
  check(sqlite3_bind_text64(handle_, parameter, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_STATIC,
                            SQLITE_UTF8));
}
void Statement::bind(int parameter, std::int64_t value) { check(sqlite3_bind_int64(handle_, parameter, value)); }
void Statement::bind(int parameter, double value) { check(sqlite3_bind_double(handle_, parameter, value)); }
void Statement::bind_null(int parameter) { check(sqlite3_bind_null(handle_, parameter)); }

bool Statement::row() {
  const int result = sqlite3_step(handle_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) connection_.fail(result);
  return false;
}

void Statement::run() {
  int result = SQLITE_ROW;
  while (result == SQLITE_ROW) result = sqlite3_step(handle_);
  // A statement left at its failure would hold its locks until the next use.
  const int reset = sqlite3_reset(handle_);
  if (result != SQLITE_DONE) connection_.fail(result);
  check(reset);
}

std::string Statement::text(int column) const {
  const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)));
}
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

}  // namespace genre::sqlite
