#include "genre/base/temporary_files.h"

#include <unistd.h>

#include <atomic>
#include <string>
#include <system_error>
#include <vector>

namespace genre {
namespace fs = std::filesystem;

fs::path temporary_beside(const fs::path& path) {
  static std::atomic<int> counter{0};
  return path.parent_path() /
         ("." + path.filename().string() + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(counter++));
}

void remove_temporaries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') && name.find(".tmp-") != std::string::npos) found.push_back(entry.path());
  }
  for (const fs::path& one : found) fs::remove_all(one, error);
}

}  // namespace genre
