// Rows that could not be used, with the reason, in a CSV file beside the dataset.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace genre {

class RejectedRows {
 public:
  explicit RejectedRows(std::filesystem::path path);  // nothing is written before the first row
  ~RejectedRows();                                    // without finish() nothing remains
  RejectedRows(const RejectedRows&) = delete;
  RejectedRows& operator=(const RejectedRows&) = delete;

  // Bytes that are not UTF-8 are written as \xHH; long rows are cut. Throws Error(kResources).
  void add(const std::filesystem::path& file, std::int64_t row, std::string_view reason, std::string_view content);
  std::int64_t count() const { return count_; }

  // Puts the file in place whole, or removes an old one when no row was rejected. Returns its path, or "".
  std::filesystem::path finish();

 private:
  std::filesystem::path path_, temporary_;
  std::ofstream out_;
  std::int64_t count_ = 0;
};

}  // namespace genre
