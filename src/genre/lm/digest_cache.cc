#include "genre/lm/digest_cache.h"

#include <sys/stat.h>

#include <chrono>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/sha256.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kHexDigits = 64;
// Below this a digest costs less than remembering it.
constexpr off_t kSmallFile = 1 << 20;

// What must be equal for two readings to be of the same bytes; empty when the file cannot be looked at.
std::string state_of(const fs::path& path, struct stat& info) {
  if (stat(path.c_str(), &info) != 0) return {};
  return fs::absolute(path).string() + '\n' + std::to_string(info.st_dev) + ' ' + std::to_string(info.st_ino) + ' ' +
         std::to_string(info.st_size) + ' ' + std::to_string(info.st_mtim.tv_sec) + '.' +
         std::to_string(info.st_mtim.tv_nsec) + ' ' + std::to_string(info.st_ctim.tv_sec) + '.' +
         std::to_string(info.st_ctim.tv_nsec);
}

}  // namespace

std::string remembered_sha256(const fs::path& path) {
  struct stat info = {};
  const std::string state = state_of(path, info);
  if (state.empty() || info.st_size < kSmallFile) return sha256_file(path);
  const fs::path entry = cache_folder() / "digests" / sha256_hex(fs::absolute(path).string());
  try {
    const std::string known = read_file(entry);
    if (known.size() == kHexDigits + 1 + state.size() && known.substr(kHexDigits + 1) == state)
      return known.substr(0, kHexDigits);
  } catch (const Error&) {
    // Not remembered yet.
  }
  const std::string digest = sha256_file(path);
  // A file written a moment ago may change again within one tick of its clock.
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (state_of(path, info) != state || now - info.st_ctim.tv_sec < 2) return digest;
  try {
    write_file_atomic(entry, digest + '\n' + state);
  } catch (const Error& e) {
    log_debug(std::string("the digest is not remembered: ") + e.what());
  }
  return digest;
}

}  // namespace genre
