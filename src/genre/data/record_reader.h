// Records of delimited text. A cell that begins with a quote runs to the matching quote before a delimiter or the end
// of a line, over several lines if need be, with "" standing for a quote; where there is no such quote, or one is
// followed by anything else, the cell is taken as it stands, quotes and all. (RFC 4180, and kind to titles in quotes.)
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/line_reader.h"

namespace genre {

class RecordReader {
 public:
  RecordReader(LineReader& lines, std::string delimiter);  // not empty, without quotes or line ends

  // Moves to the next record; blank lines are passed over. False at the end.
  bool next();
  const std::vector<std::string_view>& cells() const { return cells_; }  // valid until next()
  std::string_view text() const { return text_; }                        // as it stands in the file
  std::int64_t line() const { return line_; }                            // of its first line

  // Up to `count` lines that next() has yet to read; ends the life of cells() and text().
  std::vector<std::string> peek(std::size_t count);

 private:
  struct Line {
    std::string text;
    std::int64_t number;
  };
  bool take_line(std::string_view& line);
  bool look_ahead(std::size_t lines);
  void read_quoted();

  LineReader& lines_;
  std::string delimiter_;
  std::deque<Line> ahead_;  // lines read but not used
  std::string current_;     // storage of text_ where it is not LineReader's
  std::deque<std::string> unescaped_;
  std::string_view text_;
  std::vector<std::string_view> cells_;
  std::int64_t line_ = 0;
};

// Cells of one record without quotes: the text between delimiters.
void split_plain(std::string_view text, std::string_view delimiter, std::vector<std::string_view>& cells);

}  // namespace genre
