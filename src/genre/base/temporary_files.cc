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
  for (fs::directory_iterator at(folder, error), end; at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.') && name.find(".tmp-") != std::string::npos && !name.ends_with("-old"))
      found.push_back(at->path());
  }
  for (const fs::path& one : found) fs::remove_all(one, error);
}

}  // namespace genre
