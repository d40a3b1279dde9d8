#include "genre/data/record_reader.h"

#include <cassert>

namespace genre {
namespace {

// A lone quote must not read the rest of a large file into memory.
constexpr std::size_t kMostLines = 1000, kMostBytes = std::size_t{1} << 20;

enum class Quoting {
  kClosed,  // every cell has ended
  kOpen,    // a quoted cell may go on in the next line
  kBroken,  // a cell that is not quoted holds a line end, so the record ended before
};

// With `at_end` an open quote is taken as text.
Quoting split_quoted(std::string_view text, std::string_view delimiter, bool at_end,
                     std::vector<std::string_view>& cells, std::deque<std::string>& unescaped) {
  cells.clear();
  unescaped.clear();
  std::size_t at = 0;
  while (true) {
    bool taken = false;
    if (at < text.size() && text[at] == '"') {
      bool doubled = false;
      std::size_t close = text.find('"', at + 1);
      while (close != std::string_view::npos && close + 1 < text.size() && text[close + 1] == '"') {
        doubled = true;
        close = text.find('"', close + 2);
      }
      if (close == std::string_view::npos && !at_end) return Quoting::kOpen;
      if (close != std::string_view::npos &&
          (close + 1 == text.size() || text.substr(close + 1).starts_with(delimiter))) {
        const std::string_view inside = text.substr(at + 1, close - at - 1);
        if (doubled) {
          std::string& plain = unescaped.emplace_back();
          for (std::size_t i = 0; i < inside.size(); ++i) {
            plain += inside[i];
            if (inside[i] == '"') ++i;
          }
          cells.push_back(plain);
        } else {
          cells.push_back(inside);
        }
        at = close + 1;
        taken = true;
      }
    }
    if (!taken) {
      const std::size_t end = std::min(text.find(delimiter, at), text.size());
      cells.push_back(text.substr(at, end - at));
      if (cells.back().find('\n') != std::string_view::npos) return Quoting::kBroken;
      at = end;
    }
    if (at == text.size()) return Quoting::kClosed;
    at += delimiter.size();
  }
}

}  // namespace

void split_plain(std::string_view text, std::string_view delimiter, std::vector<std::string_view>& cells) {
  cells.clear();
  while (true) {
    const std::size_t end = delimiter.size() == 1 ? text.find(delimiter.front()) : text.find(delimiter);
    cells.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + delimiter.size());
  }
}

RecordReader::RecordReader(LineReader& lines, std::string delimiter) : lines_(lines), delimiter_(std::move(delimiter)) {
  assert(!delimiter_.empty() && delimiter_.find_first_of("\"\r\n") == std::string::npos);
}

bool RecordReader::take_line(std::string_view& line) {
  if (ahead_.empty()) {
    if (!lines_.next(line)) return false;
    line_ = lines_.number();
    return true;
  }
  current_ = std::move(ahead_.front().text);
  line_ = ahead_.front().number;
  ahead_.pop_front();
  line = current_;
  return true;
}

bool RecordReader::look_ahead(std::size_t lines) {
  std::string_view line;
  while (ahead_.size() < lines && lines_.next(line)) ahead_.push_back({std::string(line), lines_.number()});
  return ahead_.size() >= lines;
}

bool RecordReader::next() {
  do {
    if (!take_line(text_)) return false;
  } while (text_.find_first_not_of(" \t") == std::string_view::npos);
  if (text_.find('"') == std::string_view::npos)
    split_plain(text_, delimiter_, cells_);
  else
    read_quoted();
  return true;
}

void RecordReader::read_quoted() {
  if (split_quoted(text_, delimiter_, false, cells_, unescaped_) == Quoting::kClosed) return;
  if (text_.data() != current_.data()) current_.assign(text_);
  const std::size_t first_line = current_.size();
  std::size_t used = 0;
  while (used < kMostLines && current_.size() < kMostBytes && look_ahead(used + 1)) {
    const std::string& line = ahead_[used++].text;
    current_ += '\n';
    current_ += line;
    if (line.find('"') == std::string::npos) continue;
    const Quoting quoting = split_quoted(current_, delimiter_, false, cells_, unescaped_);
    if (quoting == Quoting::kOpen) continue;
    if (quoting == Quoting::kBroken) break;
    ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(used));
    text_ = current_;
    return;
  }
  current_.resize(first_line);
  text_ = current_;
  split_quoted(text_, delimiter_, true, cells_, unescaped_);
}

std::vector<std::string> RecordReader::peek(std::size_t count) {
  look_ahead(count);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(count, ahead_.size()); ++i) out.push_back(ahead_[i].text);
  return out;
}

}  // namespace genre
