// csv and atomic.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>

#include "genre/base/error.h"
#include "genre/base/utf8.h"
#include "genre/data/column_binding.h"
#include "genre/data/decoded_stream.h"
#include "genre/data/record_reader.h"
#include "genre/data/source_formats.h"

namespace genre {
namespace {

constexpr std::size_t kLinesToJudge = 100;

bool is_number(std::string_view cell) {
  double number = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  return !cell.empty() && error == std::errc{} && end == cell.data() + cell.size();
}

std::string shown(std::string_view delimiter) { return delimiter == "\t" ? "\\t" : std::string(delimiter); }

// The usual delimiter that cuts `line` into most cells, if any does.
std::string better_delimiter(std::string_view line) {
  std::string best;
  std::size_t best_cells = 1;
  std::vector<std::string_view> cells;
  for (const std::string_view candidate : {"\t", "::", ",", ";", "|", " "}) {
    split_plain(line, candidate, cells);
    if (cells.size() <= best_cells) continue;
    best = candidate;
    best_cells = cells.size();
  }
  return best;
}

// Without this the user would get one "too few cells" a row instead of the cause. A delimiter is wrong if it cuts no
// line, or not the first one while another cuts them all (the comma in a title is none).
void check_delimiter(const std::vector<std::string>& lines, const std::string& delimiter, const Place& place) {
  const auto cut_by = [&](const std::string& text) {
    return std::count_if(lines.begin(), lines.end(),
                         [&](const std::string& line) { return line.find(text) != std::string::npos; });
  };
  if (lines.front().find(delimiter) != std::string::npos) return;
  const std::string better = better_delimiter(lines.front());
  const bool better_cuts_all = !better.empty() && cut_by(better) == static_cast<std::int64_t>(lines.size());
  if (cut_by(delimiter) > 0 && !better_cuts_all) return;
  throw Error(ErrorCode::kData,
              fmt::format("delimiter '{}' does not cut the line into cells: \"{}\"", shown(delimiter),
                          printable_utf8(lines.front().substr(0, 80))),
              better.empty() ? "set delimiter to what stands between the cells"
                             : fmt::format("set delimiter = \"{}\"", shown(better)),
              place);
}

// Cells of the widest of the first lines: the very first may be cut short.
std::size_t widest(const std::vector<std::string>& lines, std::string_view delimiter) {
  std::size_t out = 0;
  std::vector<std::string_view> cells;
  for (const auto& line : lines) {
    split_plain(line, delimiter, cells);
    out = std::max(out, cells.size());
  }
  return out;
}

Error header_is_data(const Place& place, std::string_view text) {
  return {ErrorCode::kData,
          fmt::format("the first line is to name the columns but looks like data: \"{}\"",
                      printable_utf8(text.substr(0, 80))),
          "set header = false and give columns by number, as in columns = { user = 0, item = 1 }", place};
}

std::string shown_encoding(const SourceOptions& options) {
  return is_utf8_name(options.encoding) ? "UTF-8" : options.encoding;
}

std::string without_type(std::string_view name) { return std::string(name.substr(0, name.find(':'))); }

bool ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

}  // namespace

void read_delimited_rows(const std::filesystem::path& file, const SourceOptions& options,
                         const ColumnRequest& original_request, const RowSink& sink) {
  const bool atomic = options.format == "atomic";
  const bool header = atomic || options.header;
  const std::string delimiter = atomic && options.delimiter == "," ? "\t" : options.delimiter;
  if (delimiter.empty() || delimiter.find_first_of("\"\r\n") != std::string::npos) {
    throw Error(ErrorCode::kConfig, "the delimiter must have a character and no quote or line end",
                "delimiter = \",\" or \"\\t\"", {.file = {}, .line = 0, .key = "delimiter"});
  }
  const std::string encoding = shown_encoding(options);
  ColumnRequest request = original_request;
  if (atomic)
    for (auto& wanted : request.wanted) wanted.column.name = without_type(wanted.column.name);

  LineReader lines(file, options.encoding);
  RecordReader records(lines, delimiter);
  const Place first_line = {.file = file.string(), .line = 1, .key = {}};
  const auto first_lines = records.peek(kLinesToJudge);
  if (first_lines.empty() || !records.next())
    throw Error(ErrorCode::kData, "the file is empty", "check the path", {.file = file.string(), .line = 0, .key = {}});
  if (request.wanted.size() > 1) check_delimiter(first_lines, delimiter, first_line);

  std::vector<std::string> names;
  const std::size_t width = header ? records.cells().size() : widest(first_lines, delimiter);
  if (header) {
    for (const auto cell : records.cells()) {
      names.push_back(atomic ? without_type(cell) : std::string(cell.substr(0, cell.find_last_not_of(' ') + 1)));
      if (!valid_utf8(names.back()))
        throw Error(ErrorCode::kData,
                    fmt::format("the column name \"{}\" is not {}", printable_utf8(names.back()), encoding),
                    "set encoding to the file's own, as \"latin-1\"", first_line);
    }
    for (const auto& wanted : request.wanted) {
      const bool absent =
          !wanted.column.index && std::find(names.begin(), names.end(), wanted.column.name) == names.end();
      if (wanted.required && absent && std::any_of(names.begin(), names.end(), is_number))
        throw header_is_data(first_line, records.text());
    }
  }
  const ColumnBinding binding = bind_columns(request, names, width, first_line);
  const bool by_number = std::all_of(request.wanted.begin(), request.wanted.end(),
                                     [](const auto& wanted) { return wanted.column.index.has_value(); });
  if (header && by_number && !binding.columns.empty() &&
      std::all_of(binding.columns.begin(), binding.columns.end(),
                  [&](std::size_t column) { return is_number(names[column]); })) {
    throw header_is_data(first_line, records.text());
  }

  std::vector<std::optional<std::string_view>> cells(binding.roles.size());
  std::string fault;
  if (header && !records.next()) return;
  do {
    const auto& found = records.cells();
    fault.clear();
    if (found.size() < binding.needed) fault = fmt::format("{} cells, wanted {}", found.size(), binding.needed);
    if (header && found.size() > width &&
        std::any_of(found.begin() + static_cast<std::ptrdiff_t>(width), found.end(),
                    [](std::string_view cell) { return !cell.empty(); })) {
      fault = fmt::format("{} cells, but {} columns", found.size(), width);
    }
    const bool plain = ascii(records.text());
    for (std::size_t i = 0; i < cells.size() && fault.empty(); ++i) {
      cells[i].reset();
      if (binding.columns[i] >= found.size()) continue;
      const std::string_view cell = found[binding.columns[i]];
      if (!plain && !valid_utf8(cell)) fault = fmt::format("{} is not {}", binding.roles[i], encoding);
      cells[i] = cell;
    }
    sink({.row = records.line(),
          .roles = binding.roles,
          .cells = fault.empty() ? std::span(cells) : std::span<std::optional<std::string_view>>(),
          .content = records.text(),
          .fault = fault});
  } while (records.next());
}

void read_list_rows(const std::filesystem::path& file, const SourceOptions& options, const RowSink& sink) {
  static const std::vector<std::string> kRoles = {"user", "item"};
  const bool blanks = options.delimiter == "," || options.delimiter == " " || options.delimiter == "\t";
  LineReader lines(file, options.encoding);
  const std::string wrong_bytes = "the line is not " + shown_encoding(options);
  std::string_view line;
  std::vector<std::string_view> words;
  std::array<std::optional<std::string_view>, 2> cells;
  std::int64_t rows = 0;
  while (lines.next(line)) {
    if (blanks) {
      words.clear();
      for (std::size_t at = 0; (at = line.find_first_not_of(" \t,", at)) != std::string_view::npos;) {
        const std::size_t end = std::min(line.find_first_of(" \t,", at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end;
      }
      if (words.empty()) continue;
    } else {
      if (line.empty()) continue;
      split_plain(line, options.delimiter, words);
    }
    ++rows;
    const std::string_view fault = !valid_utf8(line)  ? std::string_view(wrong_bytes)
                                   : words.size() < 2 ? "a user without items"
                                                      : "";
    if (!fault.empty()) {
      sink({.row = lines.number(), .roles = kRoles, .cells = {}, .content = line, .fault = fault});
      continue;
    }
    cells[0] = words.front();
    for (std::size_t i = 1; i < words.size(); ++i) {
      cells[1] = words[i];
      sink({.row = lines.number(), .roles = kRoles, .cells = cells, .content = line, .fault = {}});
    }
  }
  if (rows == 0)
    throw Error(ErrorCode::kData, "the file is empty", "check the path", {.file = file.string(), .line = 0, .key = {}});
}

}  // namespace genre
