// runs/NAME-STAMP/: config.toml, log.jsonl, metrics.jsonl, artifact/, report.html. Every run is reproducible from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace genre {

class RunFolder {
 public:
  // Creates parent/NAME-YYYYMMDD-HHMMSS (a number is appended when taken), or `exact` as it is when not empty, with
  // config.toml inside, and points the log file there. Throws Error(kResources).
  static RunFolder create(const std::filesystem::path& parent, const std::string& name,
                          const std::string& resolved_config, const std::filesystem::path& exact = {});

  // A folder that create made. Throws Error(kNotFound) where it holds no config.toml.
  static RunFolder open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  // "NAME-STAMP"; of a run inside a run, such as a fold, "NAME-STAMP/fold-0".
  std::string name() const;
  std::filesystem::path artifact() const { return path_ / "artifact"; }

  // Appends {time, step, split, name, value} to metrics.jsonl; NaN is null.
  void log_metric(std::int64_t step, std::string_view split, std::string_view name, double value) const;
  // Takes back the metrics of later steps, as a training does that goes on from a checkpoint.
  void forget_metrics_after(std::int64_t step) const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace genre
