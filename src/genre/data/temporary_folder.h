// A folder of one test process, gone when it ends: tests of one program run side by side.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace genre {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(testing::TempDir() + "genre-data-" + std::to_string(getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Without write_file_atomic's sync, which thousands of small files would wait for.
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline const TemporaryFolder& temporary_folder() {
  static const TemporaryFolder kFolder;
  return kFolder;
}

}  // namespace genre
