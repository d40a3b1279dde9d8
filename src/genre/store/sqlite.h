// One RAII wrapper per SQLite handle; every failure is a genre::Error naming the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace genre::sqlite {

enum class Access { kReadOnly, kReadWrite };

// Used by one thread at a time.
class Connection {
 public:
  // kReadWrite creates the file when absent.
  Connection(const std::filesystem::path& path, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void execute(const char* sql);          // all statements, results dropped
  std::int64_t integer(const char* sql);  // first column of the first row
  bool in_transaction() const;
  // Undoes an open transaction, if any. Never throws: it runs while another error is on its way.
  void rollback() noexcept;
  std::int64_t changes() const;  // rows changed by the last statement
  bool sync_failed() const { return sync_failed_; }

  // Throws kData for a damaged or foreign file, kResources for disk, memory and locks, else kRuntime.
  [[noreturn]] void fail(int result);
  sqlite3* get() const { return handle_; }

 private:
  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
  bool sync_failed_ = false;
};

class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters count from 1. Texts must live until run() or the last row().
  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, double value);
  void bind_null(int parameter);
  bool row();  // the next row, false at the end
  void run();  // to the end, then ready to be bound again

  std::string text(int column) const;  // columns count from 0; null is ""
  std::int64_t integer(int column) const;
  double real(int column) const;

 private:
  void check(int result);
  Connection& connection_;
  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace genre::sqlite
