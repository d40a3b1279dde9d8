#include "genre/data/line_reader.h"

#include <cstring>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/data/decoded_stream.h"

namespace genre {

LineReader::LineReader(const std::filesystem::path& path, const std::string& encoding)
    : path_(path), stream_(decoded(open_byte_stream(path), encoding)), buffer_(std::size_t{1} << 17) {}

bool LineReader::fill() {
  throw_if_interrupted();
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= kLongestLine) {
      throw Error(ErrorCode::kData, "the line is longer than 64 MB", "check that this is a text file with line ends",
                  {.file = path_.string(), .line = number_ + 1, .key = {}});
    }
    buffer_.resize(buffer_.size() * 2);
  }
  const std::size_t count = stream_->read({buffer_.data() + end_, buffer_.size() - end_});
  end_ += count;
  return count > 0;
}

bool LineReader::next(std::string_view& line) {
  std::size_t scanned = 0;
  while (true) {
    const char* const start = buffer_.data() + begin_;
    const auto* const newline = static_cast<const char*>(std::memchr(start + scanned, '\n', end_ - begin_ - scanned));
    if (newline != nullptr) {
      line = {start, static_cast<std::size_t>(newline - start)};
      begin_ += line.size() + 1;
      break;
    }
    scanned = end_ - begin_;
    if (fill()) continue;
    if (begin_ == end_) return false;
    line = {buffer_.data() + begin_, end_ - begin_};
    begin_ = end_;
    break;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (++number_ == 1) {
    if (line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF")) {
      throw Error(ErrorCode::kData, "the file is UTF-16", "set encoding = \"utf-16\"",
                  {.file = path_.string(), .line = 1, .key = {}});
    }
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  }
  return true;
}

}  // namespace genre
