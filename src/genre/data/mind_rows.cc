// Impressions of MIND, Microsoft's news dataset (Wu et al., ACL 2020): tab-separated impression, user, time, history,
// shown news; "N1-1" was clicked, "N2-0" was not.
#include <fmt/format.h>

#include <array>

#include "genre/base/error.h"
#include "genre/base/utf8.h"
#include "genre/data/line_reader.h"
#include "genre/data/record_reader.h"
#include "genre/data/source_formats.h"

namespace genre {

void read_mind_rows(const std::filesystem::path& file, const SourceOptions& options, const RowSink& sink) {
  static const std::vector<std::string> kRoles = {"user", "time", "item"};
  constexpr std::size_t kColumns = 5;
  LineReader lines(file, options.encoding);
  std::string_view line;
  std::vector<std::string_view> columns, shown;
  std::array<std::optional<std::string_view>, 3> cells;
  std::int64_t rows = 0;
  const auto reject = [&](std::string_view what) {
    sink({.row = lines.number(), .roles = kRoles, .cells = {}, .content = line, .fault = what});
  };
  while (lines.next(line)) {
    if (line.empty()) continue;
    ++rows;
    split_plain(line, "\t", columns);
    if (!valid_utf8(line)) {
      reject("the line is not UTF-8");
      continue;
    }
    if (columns.size() != kColumns) {
      reject(fmt::format("{} cells, wanted {}", columns.size(), kColumns));
      continue;
    }
    cells[0] = columns[1];
    cells[1] = columns[2];
    split_plain(columns[4], " ", shown);
    for (const auto news : shown) {
      if (news.empty()) continue;
      const std::size_t dash = news.rfind('-');
      const std::string_view clicked = dash == std::string_view::npos ? "" : news.substr(dash + 1);
      if (clicked != "0" && clicked != "1") {
        reject(fmt::format("'{}' does not say whether it was clicked", news));
        continue;
      }
      if (clicked == "0") continue;
      cells[2] = news.substr(0, dash);
      sink({.row = lines.number(), .roles = kRoles, .cells = cells, .content = line, .fault = {}});
    }
  }
  if (rows == 0)
    throw Error(ErrorCode::kData, "the file is empty", "check the path", {.file = file.string(), .line = 0, .key = {}});
}

}  // namespace genre
