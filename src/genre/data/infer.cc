#include "genre/data/infer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <ranges>
#include <set>

#include "genre/base/error.h"
#include "genre/base/utf8.h"
#include "genre/data/byte_stream.h"
#include "genre/data/line_reader.h"
#include "genre/data/source_rows.h"
#include "genre/data/timestamp.h"

namespace genre {
namespace {

constexpr std::size_t kLines = 1000;                // looked at for values
constexpr std::int64_t kEncodingLines = 1'000'000;  // a title with an accent may come late
constexpr std::size_t kLayoutLines = 50;            // looked at for the delimiter

const std::map<std::string, std::vector<std::string>> kInteractionNames = {
    {"user",
     {"user", "userid", "uid", "customer", "customerid", "visitor", "visitorid", "reviewerid", "member", "memberid",
      "account", "accountid"}},
    {"item",
     {"item",   "itemid", "iid",     "movie",   "movieid",   "product", "productid", "sku",  "asin",   "book",
      "bookid", "video",  "videoid", "article", "articleid", "track",   "trackid",   "song", "songid", "newsid"}},
    {"value", {"rating", "value", "score", "stars", "overall", "weight", "count", "quantity"}},
    {"time", {"time", "timestamp", "ts", "date", "datetime", "eventtime", "unixreviewtime", "createdat"}},
    {"type", {"type", "event", "eventtype", "action", "behavior", "behaviour"}},
    {"dwell", {"dwell", "dwelltime", "dwellseconds", "timespent", "readtime"}},
    {"sentiment", {"sentiment", "polarity", "sentimentscore"}}};
const std::map<std::string, std::vector<std::string>> kItemNames = {
    {"id", {"id",        "item",      "itemid", "iid",     "movie",  "movieid", "product",
            "productid", "sku",       "asin",   "book",    "bookid", "video",   "videoid",
            "article",   "articleid", "track",  "trackid", "song",   "songid",  "newsid"}},
    {"title", {"title", "name", "itemname", "movietitle", "productname", "booktitle", "headline"}}};

std::string simplified(const std::string& name) {
  std::string out;
  for (const char c : name.substr(0, name.find(':')))
    if (std::isalnum(static_cast<unsigned char>(c)))
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::vector<std::string> split_line(const std::string& line, const std::string& delimiter) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && (quoted || cells.back().empty())) {
      quoted = !quoted;
    } else if (!quoted && line.compare(i, delimiter.size(), delimiter) == 0) {
      cells.emplace_back();
      i += delimiter.size() - 1;
    } else {
      cells.back() += line[i];
    }
  }
  return cells;
}

bool is_number(const std::string& text) {
  if (text.empty()) return false;
  std::size_t used = 0;
  try {
    (void)std::stod(text, &used);
  } catch (const std::exception&) {
    return false;
  }
  return used == text.size();
}

bool is_utf16(const std::filesystem::path& path) {
  char mark[2] = {};
  const std::size_t count = open_byte_stream(path)->read(mark);
  return count == 2 && ((mark[0] == '\xFF' && mark[1] == '\xFE') || (mark[0] == '\xFE' && mark[1] == '\xFF'));
}

// The first lines as they stand, and the encoding that they are in.
std::vector<std::string> first_lines(const std::filesystem::path& path, std::string& encoding) {
  encoding = is_utf16(path) ? "utf-16" : "utf-8";
  std::vector<std::string> lines;
  LineReader reader(path, encoding);
  bool utf8 = true;
  for (std::string_view line; utf8 && reader.number() < kEncodingLines && reader.next(line);) {
    if (!line.empty() && lines.size() < kLines) lines.emplace_back(line);
    utf8 = valid_utf8(line);
  }
  for (std::string_view line; lines.size() < kLines && reader.next(line);)
    if (!line.empty()) lines.emplace_back(line);
  if (lines.empty()) throw Error(ErrorCode::kData, "the file is empty", "", {.file = path.string()});
  if (!utf8) {
    encoding = "latin-1";
    for (auto& line : lines) line = latin1_to_utf8(line);
  }
  return lines;
}

// The delimiter that cuts every line into the same number, and the largest number, of cells.
std::string best_delimiter(const std::vector<std::string>& lines) {
  std::string best = ",";
  std::size_t best_cells = 1;
  for (const std::string candidate : {"::", "\t", ",", ";", "|", " "}) {
    std::size_t cells = split_line(lines.front(), candidate).size();
    for (const auto& line : lines | std::views::take(kLayoutLines))
      if (split_line(line, candidate).size() != cells) cells = 0;
    if (cells > best_cells) {
      best_cells = cells;
      best = candidate;
    }
  }
  return best;
}

// The unit and order that read most of the cells; the plainer one where several do.
void guess_times(const std::vector<std::string>& cells, InferredLayout& out) {
  struct Reading {
    const char *unit, *order;
  };
  constexpr Reading kReadings[] = {
      {"rfc3339", ""}, {"auto", ""}, {"auto", "day_first"}, {"auto", "month_first"}, {"auto", "year_first"}};
  if (std::all_of(cells.begin(), cells.end(), is_number)) {
    const auto count = [&](const auto& holds) { return std::count_if(cells.begin(), cells.end(), holds); };
    const auto large = count([](const std::string& cell) { return std::stod(cell) > 1e11; });
    const auto all = static_cast<std::ptrdiff_t>(cells.size());
    const TimeReader open("auto", ""), dates("auto", "year_first");
    const bool compact = count([&](const std::string& cell) { return !open.read(cell) && dates.read(cell); }) == all;
    out.time_unit = compact || (large > 0 && large < all) ? "auto" : large > 0 ? "milliseconds" : "seconds";
    if (compact) out.date_order = "year_first";
    return;
  }
  std::ptrdiff_t most = -1;
  for (const auto& [unit, order] : kReadings) {
    const TimeReader reader(unit, order);
    const auto read =
        std::count_if(cells.begin(), cells.end(), [&](const auto& cell) { return reader.read(cell).has_value(); });
    // Day or month first: only where the first rows leave no choice.
    const bool ambiguous = read == most && out.date_order == "day_first" && std::string_view(order) == "month_first";
    if (ambiguous) {
      out.date_order.clear();
      most = read;
    }
    if (read <= most) continue;
    most = read;
    out.time_unit = unit;
    out.date_order = order;
  }
}

void name_columns(const std::vector<std::string>& header, const std::map<std::string, std::vector<std::string>>& known,
                  InferredLayout& out) {
  for (const auto& [role, names] : known) {
    for (const auto& name : names) {
      const auto found =
          std::find_if(header.begin(), header.end(), [&](const std::string& cell) { return simplified(cell) == name; });
      if (found == header.end()) continue;
      out.columns[role] = {std::nullopt, *found};
      break;
    }
  }
}

struct Read {
  InferredLayout layout;
  std::vector<std::string> header;             // column names, empty without header
  std::vector<std::vector<std::string>> rows;  // the first data rows; at least one
};

// The cells of a JSON object in the order of the header's keys; empty where absent.
std::vector<std::string> object_cells(const nlohmann::ordered_json& object, const std::vector<std::string>& keys) {
  std::vector<std::string> out;
  for (const auto& key : keys) {
    const auto found = object.find(key);
    out.push_back(found == object.end() ? "" : found->is_string() ? found->get<std::string>() : found->dump());
  }
  return out;
}

Read read_parquet(const std::filesystem::path& path) {
  Read out;
  out.layout.format = "parquet";
  const SourceOptions options{.path = path.string(), .format = "parquet"};
  // Every column by its own name, whichever role it will have.
  struct Enough {};
  try {
    read_rows(path, options, {{}, /*all_others=*/true}, [&](const SourceRow& row) {
      if (out.header.empty()) out.header.assign(row.roles.begin(), row.roles.end());
      auto& cells = out.rows.emplace_back();
      for (const auto& cell : row.cells) cells.emplace_back(cell.value_or(""));
      if (out.rows.size() == kLines) throw Enough();
    });
  } catch (const Enough&) {
  }
  if (out.rows.empty()) throw Error(ErrorCode::kData, "the file has no rows", "", {.file = path.string()});
  out.layout.names = out.header;
  out.layout.sample = out.rows.front();
  return out;
}

Read read_layout(const std::filesystem::path& path) {
  if (path.extension() == ".parquet") return read_parquet(path);
  Read out;
  const auto lines = first_lines(path, out.layout.encoding);
  if (lines.front().starts_with("{")) {
    out.layout.format = "jsonl";
    for (const auto& line : lines) {
      const auto object = nlohmann::ordered_json::parse(line, nullptr, false);
      if (!object.is_object() && out.rows.empty())
        throw Error(ErrorCode::kData, "the first line looks like JSON but is not one object", "",
                    {.file = path.string(), .line = 1});
      if (!object.is_object()) continue;
      if (out.rows.empty())
        for (const auto& entry : object.items()) out.header.push_back(entry.key());
      out.rows.push_back(object_cells(object, out.header));
    }
  } else {
    out.layout.delimiter = best_delimiter(lines);
    for (const auto& line : lines) out.rows.push_back(split_line(line, out.layout.delimiter));
    out.layout.header = std::none_of(out.rows.front().begin(), out.rows.front().end(), is_number);
    if (out.layout.header) out.header = out.rows.front();
    if (out.layout.header && out.rows.size() > 1) out.rows.erase(out.rows.begin());
  }
  out.layout.sample = out.rows.front();
  out.layout.names = out.header;
  return out;
}

// The cells of one column in the first rows; empty where the layout has no such column.
std::vector<std::string> cells_of(const Read& read, const std::string& role) {
  const auto column = read.layout.columns.find(role);
  if (column == read.layout.columns.end()) return {};
  const auto index = column->second.index
                         ? static_cast<std::ptrdiff_t>(*column->second.index)
                         : std::find(read.header.begin(), read.header.end(), column->second.name) - read.header.begin();
  std::vector<std::string> out;
  for (const auto& row : read.rows)
    if (index < static_cast<std::ptrdiff_t>(row.size())) out.push_back(row[static_cast<std::size_t>(index)]);
  return out;
}

}  // namespace

std::string InferredLayout::example(const std::string& role) const {
  const auto column = columns.find(role);
  if (column == columns.end()) return {};
  const auto index = column->second.index ? static_cast<std::ptrdiff_t>(*column->second.index)
                                          : std::find(names.begin(), names.end(), column->second.name) - names.begin();
  return index < static_cast<std::ptrdiff_t>(sample.size()) ? sample[static_cast<std::size_t>(index)] : "";
}

InferredLayout infer_interactions(const std::filesystem::path& path) {
  Read read = read_layout(path);
  InferredLayout& out = read.layout;
  if (!read.header.empty()) {
    name_columns(read.header, kInteractionNames, out);
  } else if (read.rows.front().size() >= 2) {
    out.columns["user"] = {0, {}};
    out.columns["item"] = {1, {}};
    for (std::size_t i = 2; i < read.rows.front().size(); ++i) {
      const bool clock = is_number(read.rows.front()[i]) && std::stod(read.rows.front()[i]) > 1e8;
      const std::string role = clock ? "time" : "value";
      if (is_number(read.rows.front()[i]) && !out.columns.contains(role)) out.columns[role] = {static_cast<int>(i), {}};
    }
  }
  for (const char* needed : {"user", "item"}) {
    if (out.columns.contains(needed)) continue;
    throw Error(ErrorCode::kData,
                fmt::format("no column looks like the {}; found: {}", needed,
                            fmt::join(read.header.empty() ? read.rows.front() : read.header, ", ")),
                fmt::format("name it in the configuration: columns = {{ {} = \"...\" }}", needed),
                {.file = path.string(), .line = 1});
  }
  if (const auto times = cells_of(read, "time"); !times.empty()) guess_times(times, out);
  for (const auto& cell : cells_of(read, "value")) {
    if (!is_number(cell)) continue;
    const double value = std::stod(cell);
    out.smallest_value = std::min(out.smallest_value.value_or(value), value);
    out.largest_value = std::max(out.largest_value.value_or(value), value);
  }
  return out;
}

InferredLayout infer_items(const std::filesystem::path& path) {
  Read read = read_layout(path);
  InferredLayout& out = read.layout;
  if (!read.header.empty()) {
    name_columns(read.header, kItemNames, out);
    if (!out.columns.contains("id") && !read.header.empty()) out.columns["id"] = {std::nullopt, read.header.front()};
    std::set<std::string> used;
    for (const auto& [role, column] : out.columns) used.insert(column.name);
    for (const auto& name : read.header)
      if (!used.contains(name) && !simplified(name).empty()) out.columns[simplified(name)] = {std::nullopt, name};
  } else {
    out.columns["id"] = {0, {}};
    if (read.rows.front().size() > 1) out.columns["title"] = {1, {}};
  }
  return out;
}

}  // namespace genre
