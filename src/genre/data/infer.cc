#include "genre/data/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ranges>
#include <set>
#include <sstream>

#include "genre/base/error.h"
#include "genre/base/utf8.h"

namespace genre {
namespace {

constexpr std::size_t kLines = 1000;      // looked at for values
constexpr std::size_t kLayoutLines = 50;  // looked at for the delimiter

const std::map<std::string, std::vector<std::string>> kInteractionNames = {
    {"user",
     {"user", "userid", "uid", "customer", "customerid", "visitor", "visitorid", "reviewerid", "member", "memberid",
      "account", "accountid"}},
    {"item",
     {"item",   "itemid", "iid",     "movie",   "movieid",   "product", "productid", "sku",  "asin",   "book",
      "bookid", "video",  "videoid", "article", "articleid", "track",   "trackid",   "song", "songid", "newsid"}},
    {"value", {"rating", "value", "score", "stars", "overall", "weight", "count", "quantity"}},
    {"time", {"time", "timestamp", "ts", "date", "datetime", "eventtime", "unixreviewtime", "createdat"}},
    {"type", {"type", "event", "eventtype", "action", "behavior", "behaviour"}}};
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

std::vector<std::string> first_lines(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorCode::kNotFound, "cannot read the file", "check the path", {.file = path.string()});
  const std::string ending = path.extension().string();
  if (ending == ".gz" || ending == ".zst" || ending == ".parquet")
    throw Error(ErrorCode::kData, "the layout of " + ending + " files is not guessed",
                "write the [[data.interactions]] table by hand: docs/data.md has examples", {.file = path.string()});
  std::vector<std::string> lines;
  for (std::string line; lines.size() < kLines && std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (lines.empty() && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.empty()) throw Error(ErrorCode::kData, "the file is empty", "", {.file = path.string()});
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

std::string guess_time_unit(const std::string& sample) {
  if (!is_number(sample)) return "rfc3339";
  return std::stod(sample) > 1e11 ? "milliseconds" : "seconds";
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

Read read_layout(const std::filesystem::path& path) {
  const auto lines = first_lines(path);
  Read out;
  for (const auto& line : lines)
    if (!valid_utf8(line)) out.layout.encoding = "latin-1";
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
  if (const auto times = cells_of(read, "time"); !times.empty()) out.time_unit = guess_time_unit(times.front());
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
