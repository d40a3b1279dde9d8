#include "genre/data/rejected_rows.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "genre/base/error.h"
#include "genre/base/utf8.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestContent = 1000;

std::string csv_cell(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable_utf8(text)) {
    if (c == '"') out += '"';
    out += c == '\0' ? ' ' : c;
  }
  return out + '"';
}

}  // namespace

RejectedRows::RejectedRows(fs::path path) : path_(std::move(path)) {}

RejectedRows::~RejectedRows() {
  if (temporary_.empty()) return;
  out_.close();
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

void RejectedRows::add(const fs::path& file, std::int64_t row, std::string_view reason, std::string_view content) {
  ++count_;
  if (path_.empty()) return;
  if (temporary_.empty()) {
    std::error_code ignored;
    if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), ignored);
    temporary_ = path_.string() + ".part-" + std::to_string(getpid());
    out_.open(temporary_, std::ios::binary | std::ios::trunc);
    out_ << "file,row,reason,content\n";
  }
  out_ << csv_cell(file.string()) << ',' << row << ',' << csv_cell(reason) << ','
       << csv_cell(content.substr(0, kLongestContent)) << '\n';
  if (!out_)
    throw Error(ErrorCode::kResources, "rejected rows cannot be written", "check the folder's rights and free space",
                {.file = path_.string(), .line = 0, .key = {}});
}

fs::path RejectedRows::finish() {
  if (temporary_.empty()) {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
    return {};
  }
  out_.close();
  const int descriptor = open(temporary_.c_str(), O_RDONLY);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  if (descriptor >= 0) close(descriptor);
  std::error_code error;
  fs::rename(temporary_, path_, error);
  if (!out_ || !synced || error)
    throw Error(ErrorCode::kResources, "rejected rows cannot be written", "check the folder's rights and free space",
                {.file = path_.string(), .line = 0, .key = {}});
  temporary_.clear();
  return path_;
}

}  // namespace genre
