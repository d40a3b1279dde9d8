// Files: whole reads, memory maps, and writes that appear whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace genre {

// Whole file as bytes. Throws Error(kNotFound) or Error(kData).
std::string read_file(const std::filesystem::path& path);

// Writes under a temporary name in the same folder, syncs, renames. Creates parent folders. Throws Error(kResources).
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);
// The same with the parts one after the other, which need not be copied together.
void write_file_atomic(const std::filesystem::path& path, std::span<const std::string_view> parts);

// Builds a folder whole: `fill` writes into a fresh temporary folder beside `path`; then every file is synced and the
// folder is renamed to `path`, replacing what was there. If `fill` throws, nothing remains. Throws Error(kResources).
void write_folder_atomic(const std::filesystem::path& path,
                         const std::function<void(const std::filesystem::path&)>& fill);

// A read-only memory map of a whole file; empty files map to an empty span. Throws Error(kNotFound) or
// Error(kResources).
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// An exclusive lock on `path` (created when absent) held for the life of the object. Throws Error(kResources) when
// another process holds it.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

// Where downloads and vectors are kept: $GENRE_CACHE, else $XDG_CACHE_HOME/genre, else ~/.cache/genre.
std::filesystem::path cache_folder();

}  // namespace genre
