#include "genre/base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"

namespace genre {
namespace {

// Writes one JSON object a line; spdlog's pattern formatter cannot escape messages.
class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& out) override {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(msg.time.time_since_epoch()).count();
    nlohmann::ordered_json line = {{"time", ms},
                                   {"level", spdlog::level::to_string_view(msg.level).data()},
                                   {"message", std::string(msg.payload.data(), msg.payload.size())}};
    const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

struct Sink {
  Sink() {
    auto text = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    text->set_pattern("%^%l%$: %v");
    logger = std::make_shared<spdlog::logger>("genre", text);
    logger->flush_on(spdlog::level::warn);
  }
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger;
};

Sink& sink() {
  static Sink instance;
  return instance;
}

void write_line(spdlog::level::level_enum level, std::string_view message) {
  const std::lock_guard lock(sink().mutex);
  sink().logger->log(level, "{}", message);
}

}  // namespace

void set_log_level(LogLevel level) {
  const std::lock_guard lock(sink().mutex);
  sink().logger->set_level(static_cast<spdlog::level::level_enum>(static_cast<int>(level) + SPDLOG_LEVEL_DEBUG));
}

void set_log_file(const std::string& path) {
  const std::lock_guard lock(sink().mutex);
  auto& sinks = sink().logger->sinks();
  if (sinks.size() > 1) sinks.resize(1);
  if (path.empty()) return;
  try {
    auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    file->set_formatter(std::make_unique<JsonFormatter>());
    sinks.push_back(file);
  } catch (const spdlog::spdlog_ex& e) {
    throw Error(ErrorCode::kResources, std::string("cannot write the log: ") + e.what(),
                "check that the folder exists and is writable", {.file = path});
  }
}

void log_debug(std::string_view message) { write_line(spdlog::level::debug, message); }
void log_info(std::string_view message) { write_line(spdlog::level::info, message); }
void log_warning(std::string_view message) { write_line(spdlog::level::warn, message); }
void log_error(std::string_view message) { write_line(spdlog::level::err, message); }

}  // namespace genre
