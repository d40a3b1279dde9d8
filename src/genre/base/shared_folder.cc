#include "genre/base/shared_folder.h"

#include <system_error>

namespace genre {
namespace fs = std::filesystem;

void share_folder(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path target = to / fs::relative(entry.path(), from);
    if (entry.is_directory()) {
      fs::create_directories(target);
      continue;
    }
    std::error_code error;
    fs::create_hard_link(fs::canonical(entry.path()), target, error);
    if (error) fs::copy_file(entry.path(), target);
  }
}

}  // namespace genre
