#include "genre/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/temporary_files.h"

// Under AddressSanitizer a mapped file is a copy on the heap, so that a read beyond its end is found.
#if defined(__SANITIZE_ADDRESS__)
#define GENRE_MAP_ON_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GENRE_MAP_ON_HEAP 1
#endif
#endif

namespace genre {
namespace fs = std::filesystem;
namespace {

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& what, const fs::path& path, ErrorCode code = ErrorCode::kResources) {
  const int saved = errno;
  const std::string hint = saved == ENOSPC   ? "free disk space and run again"
                           : saved == EACCES ? "check the permissions of the file and its folder"
                                             : "";
  throw Error(code, what + ": " + std::strerror(saved), hint, {.file = path.string()});
}

Descriptor open_existing(const fs::path& path) {
  Descriptor fd(path, O_RDONLY);
  if (fd.get() < 0) fail("cannot read", path, errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kResources);
  struct stat info = {};
  if (fstat(fd.get(), &info) != 0) fail("cannot read", path);
  if (S_ISDIR(info.st_mode))
    throw Error(ErrorCode::kData, "wanted a file, found a folder", "", {.file = path.string()});
  return fd;
}

void sync_path(const fs::path& path, int flags) {
  const Descriptor fd(path, flags);
  if (fd.get() < 0 || fsync(fd.get()) != 0) fail("cannot sync", path);
}

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void make_parent(const fs::path& path) {
  std::error_code error;
  fs::create_directories(parent_of(path), error);
  if (error)
    throw Error(ErrorCode::kResources, "cannot create the folder: " + error.message(), "",
                {.file = parent_of(path).string()});
}

}  // namespace

std::string read_file(const fs::path& path) {
  const Descriptor fd = open_existing(path);
  std::string out;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = read(fd.get(), buffer, sizeof buffer);
    if (got == 0) return out;
    if (got < 0 && errno != EINTR) fail("cannot read", path);
    if (got > 0) out.append(buffer, static_cast<std::size_t>(got));
  }
}

void write_file_atomic(const fs::path& path, std::string_view bytes) { write_file_atomic(path, std::span(&bytes, 1)); }

void write_file_atomic(const fs::path& path, std::span<const std::string_view> parts) {
  make_parent(path);
  const fs::path temporary = temporary_beside(path);
  try {
    const Descriptor fd(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd.get() < 0) fail("cannot write", path);
    for (std::string_view bytes : parts) {
      while (!bytes.empty()) {
        const ssize_t put = write(fd.get(), bytes.data(), bytes.size());
        if (put < 0 && errno != EINTR) fail("cannot write", path);
        if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
      }
    }
    if (fsync(fd.get()) != 0) fail("cannot sync", path);
    if (rename(temporary.c_str(), path.c_str()) != 0) fail("cannot rename", path);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  sync_path(parent_of(path), O_RDONLY | O_DIRECTORY);
}

void write_folder_atomic(const fs::path& path, const std::function<void(const fs::path&)>& fill) {
  make_parent(path);
  const fs::path temporary = temporary_beside(path);
  const fs::path old = temporary.string() + "-old";
  std::error_code ignored;
  try {
    fs::create_directory(temporary);
    fill(temporary);
    for (const auto& entry : fs::recursive_directory_iterator(temporary)) {
      if (entry.is_regular_file()) sync_path(entry.path(), O_RDONLY);
      if (entry.is_directory()) sync_path(entry.path(), O_RDONLY | O_DIRECTORY);
    }
    sync_path(temporary, O_RDONLY | O_DIRECTORY);
    const bool replaced = rename(path.c_str(), old.c_str()) == 0;
    if (rename(temporary.c_str(), path.c_str()) != 0) {
      if (replaced) rename(old.c_str(), path.c_str());
      fail("cannot rename", path);
    }
  } catch (const fs::filesystem_error& e) {
    fs::remove_all(temporary, ignored);
    throw Error(ErrorCode::kResources, e.code().message(), "", {.file = path.string()});
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
  fs::remove_all(old, ignored);
  sync_path(parent_of(path), O_RDONLY | O_DIRECTORY);
}

MappedFile::MappedFile(const fs::path& path) {
  const Descriptor fd = open_existing(path);
  struct stat info = {};
  if (fstat(fd.get(), &info) != 0) fail("cannot read", path);
  size_ = static_cast<std::size_t>(info.st_size);
  if (size_ == 0) return;
#ifdef GENRE_MAP_ON_HEAP
  const std::string copy = read_file(path);
  size_ = copy.size();
  data_ = static_cast<const std::byte*>(std::memcpy(new std::byte[size_], copy.data(), size_));
#else
  void* const map = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (map == MAP_FAILED) fail("cannot map", path);
  data_ = static_cast<const std::byte*>(map);
#endif
}

MappedFile::~MappedFile() {
#ifdef GENRE_MAP_ON_HEAP
  delete[] data_;
#else
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
#endif
}

MappedFile::MappedFile(MappedFile&& other) noexcept : data_(other.data_), size_(other.size_) {
  other.data_ = nullptr;
  other.size_ = 0;
}

FileLock::FileLock(const fs::path& path) : fd_(-1) {
  make_parent(path);
  fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) fail("cannot open the lock", path);
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int saved = errno;
    close(fd_);
    errno = saved;
    if (saved == EWOULDBLOCK)
      throw Error(ErrorCode::kResources, "another process holds the lock",
                  "stop the other genre process, or use another folder", {.file = path.string()});
    fail("cannot lock", path);
  }
}

FileLock::~FileLock() { close(fd_); }

fs::path cache_folder() {
  const auto variable = [](const char* name) -> std::string {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const auto own = variable("GENRE_CACHE"); !own.empty()) return own;
  if (const auto xdg = variable("XDG_CACHE_HOME"); !xdg.empty()) return fs::path(xdg) / "genre";
  if (const auto home = variable("HOME"); !home.empty()) return fs::path(home) / ".cache" / "genre";
  return ".cache/genre";
}

}  // namespace genre
