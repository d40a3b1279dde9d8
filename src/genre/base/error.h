// The one exception type of GENRE. A caller's fault throws Error; an expected absence returns std::optional;
// a bug of ours is an assert. Messages say what was wanted, what came, and where; the hint says what to do next.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace genre {

// Kinds of failure. Each has one process exit code (exit_code) and, in serve/, one HTTP status.
enum class ErrorCode {
  kRuntime,      // 1: anything that fits nowhere else
  kUsage,        // 2: command line
  kConfig,       // 3: configuration
  kData,         // 4: input data, damaged files
  kNotFound,     // 5: file, run, user, item
  kDependency,   // 6: a program, library or network source that is missing or failed
  kResources,    // 7: disk, memory, port
  kCheckFailed,  // 8: a check the user asked for did not hold
  kInterrupted,  // 130: Ctrl-C
};

// Where the fault lies. Empty or zero fields are unknown.
struct Place {
  std::string file;
  std::int64_t line = 0;
  std::string key;  // configuration key path or column name
};

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string message, std::string hint = {}, Place place = {});

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }  // without the place
  const std::string& hint() const { return hint_; }
  const Place& place() const { return place_; }
  // what() is "message at file:line".

 private:
  ErrorCode code_;
  std::string message_;
  std::string hint_;
  Place place_;
};

// Process exit code of a failure, as SERVICE lists them.
int exit_code(ErrorCode code);
// Stable lower-case name: "config", "not_found", ...
std::string_view error_name(ErrorCode code);

}  // namespace genre
