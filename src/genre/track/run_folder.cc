#include "genre/track/run_folder.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/track/file_name.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

void create_folders(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code || !fs::is_directory(path))
    throw Error(ErrorCode::kResources, "cannot create the run folder: " + code.message(),
                "check that the parent folder exists and is writable", {.file = path.string()});
}

// The first of NAME-STAMP, NAME-STAMP-2, ... that this process created itself; two runs never share a folder.
fs::path create_fresh(const fs::path& parent, const std::string& name) {
  create_folders(parent);
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const std::string base = fmt::format("{}-{:%Y%m%d-%H%M%S}", safe_file_name(name), fmt::gmtime(now));
  for (int number = 1;; ++number) {
    fs::path path = parent / (number == 1 ? base : fmt::format("{}-{}", base, number));
    std::error_code code;
    if (fs::create_directory(path, code)) return path;
    if (code && code != std::errc::file_exists)
      throw Error(ErrorCode::kResources, "cannot create the run folder: " + code.message(),
                  "check that the parent folder is writable", {.file = path.string()});
  }
}

// One write call a line: with O_APPEND, lines of several threads or processes do not mix.
void append_line(const fs::path& path, const std::string& line) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const ssize_t written = fd < 0 ? -1 : ::write(fd, line.data(), line.size());
  const int reason = errno;
  if (fd >= 0) ::close(fd);
  if (written == static_cast<ssize_t>(line.size())) return;
  throw Error(ErrorCode::kResources,
              fmt::format("cannot append a metric: {}", written < 0 ? std::strerror(reason) : "the disk is full"),
              "check free space and that the run folder still exists", {.file = path.string()});
}

}  // namespace

RunFolder RunFolder::create(const fs::path& parent, const std::string& name, const std::string& resolved_config,
                            const fs::path& exact) {
  if (!exact.empty()) create_folders(exact);
  fs::path path = exact.empty() ? create_fresh(parent, name) : exact;
  write_file_atomic(path / "config.toml", resolved_config);
  set_log_file((path / "log.jsonl").string());
  return RunFolder(std::move(path));
}

RunFolder RunFolder::open(const fs::path& path) {
  if (!fs::exists(path / "config.toml"))
    throw Error(ErrorCode::kNotFound, "no run is here: there is no config.toml", "name a folder below runs/",
                {.file = path.string()});
  set_log_file((path / "log.jsonl").string());
  return RunFolder(path);
}

std::string RunFolder::name() const {
  const fs::path path = fs::absolute(path_).lexically_normal();
  std::error_code error;
  const bool inside = fs::exists(path.parent_path() / "config.toml", error);
  return (inside ? path.parent_path().filename() / path.filename() : path.filename()).string();
}

void RunFolder::forget_metrics_after(std::int64_t step) const {
  const fs::path path = path_ / "metrics.jsonl";
  if (!fs::exists(path)) return;
  std::istringstream lines(read_file(path));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto parsed = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_object() && parsed.value("step", step + 1) <= step) kept += line + "\n";
  }
  write_file_atomic(path, kept);
}

void RunFolder::log_metric(std::int64_t step, std::string_view split, std::string_view name, double value) const {
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  nlohmann::ordered_json line = {
      {"time", now.count()}, {"step", step}, {"split", split}, {"name", name}, {"value", nullptr}};
  if (std::isfinite(value)) line["value"] = value;
  append_line(path_ / "metrics.jsonl", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace genre
