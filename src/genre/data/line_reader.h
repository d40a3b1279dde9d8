// Lines of a text file with their numbers. DuckDB's reader serves Parquet, not text: it numbers no rows, drops blank
// lines, refuses Windows-1252 bytes in latin-1 and stops at bare quotes, so a bad row could not be named by its place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/byte_stream.h"

namespace genre {

class LineReader {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{64} << 20;

  // Throws as open_byte_stream and decoded. The lines are UTF-8 where the file keeps to `encoding`.
  explicit LineReader(const std::filesystem::path& path, const std::string& encoding = "utf-8");

  // The next line without its \n or \r\n, and without the byte order mark of UTF-8; valid until the next call.
  // False at the end. Throws Error(kData) for a longer line than kLongestLine, or a UTF-16 file
  // that is not said to be one.
  bool next(std::string_view& line);
  std::int64_t number() const { return number_; }  // of the last line, from 1
  const std::filesystem::path& path() const { return path_; }

 private:
  bool fill();

  std::filesystem::path path_;
  std::unique_ptr<ByteStream> stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // unread bytes
  std::int64_t number_ = 0;
};

}  // namespace genre
