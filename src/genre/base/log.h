// One log sink for the whole program: text on stderr and, once a run folder is open, JSON lines in its log.jsonl.
// Library code logs here and never prints. Never pass a secret. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace genre {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

void set_log_level(LogLevel level);
// Adds a JSON-lines file `{time, level, message}` to the sink; an empty path removes it. Throws Error(kResources).
void set_log_file(const std::string& path);

void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warning(std::string_view message);
void log_error(std::string_view message);

}  // namespace genre
