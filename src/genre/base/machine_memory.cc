#include "genre/base/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace genre {
namespace {

// The first number of a file; nothing where there is none, as in a limit that says max.
std::optional<std::int64_t> number_of(const std::string& file) {
  std::ifstream in(file);
  std::int64_t out = 0;
  return in >> out ? std::optional(out) : std::nullopt;
}

std::optional<std::int64_t> available() {
  std::ifstream in("/proc/meminfo");
  std::string name, unit;
  std::int64_t kilobytes = 0;
  while (in >> name >> kilobytes && std::getline(in, unit))
    if (name == "MemAvailable:") return kilobytes * 1024;
  return std::nullopt;
}

// What a control group, of either version, leaves; pages of files in it can be let go.
std::optional<std::int64_t> left_in_group(const std::string& folder, const char* limit, const char* usage,
                                          const char* file_pages) {
  const auto most = number_of(folder + limit), now = number_of(folder + usage);
  if (!most || !now || *most > (std::int64_t{1} << 60)) return std::nullopt;
  std::ifstream in(folder + "memory.stat");
  std::string name;
  std::int64_t bytes = 0, files = 0;
  while (in >> name >> bytes)
    if (name == file_pages) files = bytes;
  return *most - *now + files;
}

}  // namespace

std::int64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  return in >> all >> resident ? resident * sysconf(_SC_PAGESIZE) : 0;
}

std::int64_t attainable_bytes() {
  std::int64_t left = std::numeric_limits<std::int64_t>::max();
  const std::optional<std::int64_t> known[] = {
      available(), left_in_group("/sys/fs/cgroup/", "memory.max", "memory.current", "inactive_file"),
      left_in_group("/sys/fs/cgroup/memory/", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")};
  for (const auto& one : known)
    if (one) left = std::min(left, std::max<std::int64_t>(0, *one));
  return left == std::numeric_limits<std::int64_t>::max() ? 0 : left + resident_bytes();
}

}  // namespace genre
