// SHA-256 of large files that seldom change, remembered between runs.
#pragma once

#include <filesystem>
#include <string>

namespace genre {

// sha256_file(path), or what it was when a file of this path, size, inode and modification time was last digested; kept
// below cache_folder()/digests. A cache that cannot be read or written only costs time. Throws as sha256_file.
std::string remembered_sha256(const std::filesystem::path& path);

}  // namespace genre
