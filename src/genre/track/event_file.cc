#include "genre/track/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

#include "genre/base/crc32c.h"
#include "genre/base/error.h"
#include "genre/track/file_name.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "events.out.tfevents.";

template <class T>
void append_little_endian(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

// One message of protocol buffers, field by field (protobuf.dev/programming-guides/encoding).
class Message {
 public:
  void integer(int field, std::int64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(static_cast<std::uint64_t>(value));
  }
  void number(int field, double value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 1);
    append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
  }
  void number(int field, float value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 5);
    append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
  }
  void text(int field, std::string_view value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(value.size());
    bytes_ += value;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  std::string bytes_;
};

// Field numbers of the messages.
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
constexpr int kSummaryValue = 1, kTag = 1, kSimpleValue = 2;
constexpr int kStatus = 1, kStart = 1;

Message event_now(std::int64_t step) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  Message out;
  out.number(kWallTime, now.count());
  out.integer(kStep, step);
  return out;
}

std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8u; }

// Readers take the files of a folder in the order of their names, which start with a time in seconds.
std::int64_t free_second(const fs::path& folder) {
  std::int64_t out =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix)) out = std::max<std::int64_t>(out, std::atoll(name.c_str() + kPrefix.size()) + 1);
  }
  return out;
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != 0 ? safe_file_name(name) : "localhost";
}

Error failure(const fs::path& path, int reason) {
  return Error(
      ErrorCode::kResources,
      fmt::format("cannot write the TensorBoard file: {}", reason != 0 ? std::strerror(reason) : "the disk is full"),
      "check free space and that the run folder still exists", {.file = path.string()});
}

}  // namespace

EventFile::EventFile(const fs::path& folder, std::int64_t behind_step)
    : path_(folder / fmt::format("{}{:010}.{}.{}.0", kPrefix, free_second(folder), host_name(), getpid())) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd_ < 0) throw failure(path_, errno);
  try {
    Message version = event_now(0);
    version.text(kFileVersion, "brain.Event:2");
    write(version.bytes());
    Message status;
    status.integer(kStatus, kStart);
    Message start = event_now(behind_step + 1);
    start.text(kSessionLog, status.bytes());
    write(start.bytes());
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

EventFile::~EventFile() { ::close(fd_); }

void EventFile::add(std::int64_t step, std::string_view tag, double value) {
  Message of_value, summary;
  of_value.text(kTag, tag);
  of_value.number(kSimpleValue, static_cast<float>(value));
  summary.text(kSummaryValue, of_value.bytes());
  Message event = event_now(step);
  event.text(kSummary, summary.bytes());
  write(event.bytes());
}

// One call a record: a reader, or a kill, meets a part of one only where the disk is full.
void EventFile::write(std::string_view event) {
  std::string record;
  append_little_endian(record, static_cast<std::uint64_t>(event.size()));
  append_little_endian(record, masked(crc32c(record)));
  record += event;
  append_little_endian(record, masked(crc32c(event)));
  errno = 0;
  if (::write(fd_, record.data(), record.size()) != static_cast<ssize_t>(record.size())) throw failure(path_, errno);
}

}  // namespace genre
