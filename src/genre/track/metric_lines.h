// metrics.jsonl, read back, also while it grows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace genre {

struct MetricLine {
  std::int64_t time = 0;  // milliseconds UTC
  std::int64_t step = 0;
  std::string split, name;
  double value = 0;  // NaN where it was not finite

  std::string tag() const { return split + "/" + name; }  // "train/loss", its name in TensorBoard, MLflow and W&B
};

class MetricReader {
 public:
  explicit MetricReader(std::filesystem::path file) : file_(std::move(file)) {}

  // At most `most` lines that were written since the last call, in order. A line without its end is left for later, one
  // that is no metric is passed over; a file that is not there has no lines. Throws Error(kData) for one that cannot be
  // read.
  std::vector<MetricLine> next(std::size_t most = SIZE_MAX);

 private:
  std::filesystem::path file_;
  std::int64_t offset_ = 0;
};

}  // namespace genre
