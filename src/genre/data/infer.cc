#include "genre/data/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "genre/base/error.h"
#include "genre/base/utf8.h"

namespace genre {
namespace {

constexpr std::size_t kLines = 50;

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
    for (const auto& line : lines)
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
  std::vector<std::string> header;  // column names, empty without header
  std::vector<std::string> first;   // first data row
};

Read read_layout(const std::filesystem::path& path) {
  const auto lines = first_lines(path);
  Read out;
  for (const auto& line : lines)
    if (!valid_utf8(line)) out.layout.encoding = "latin-1";
  if (lines.front().starts_with("{")) {
    const auto object = nlohmann::ordered_json::parse(lines.front(), nullptr, false);
    if (!object.is_object())
      throw Error(ErrorCode::kData, "the first line looks like JSON but is not one object", "",
                  {.file = path.string(), .line = 1});
    out.layout.format = "jsonl";
    for (const auto& [key, value] : object.items()) {
      out.header.push_back(key);
      out.first.push_back(value.is_string() ? value.get<std::string>() : value.dump());
    }
  } else {
    out.layout.delimiter = best_delimiter(lines);
    const auto first = split_line(lines.front(), out.layout.delimiter);
    out.layout.header = std::none_of(first.begin(), first.end(), is_number);
    if (out.layout.header) out.header = first;
    const std::size_t data_line = out.layout.header && lines.size() > 1 ? 1 : 0;
    out.first = split_line(lines[data_line], out.layout.delimiter);
  }
  out.layout.sample = out.first;
  return out;
}

}  // namespace

InferredLayout infer_interactions(const std::filesystem::path& path) {
  Read read = read_layout(path);
  InferredLayout& out = read.layout;
  if (!read.header.empty()) {
    name_columns(read.header, kInteractionNames, out);
  } else if (read.first.size() >= 2) {
    out.columns["user"] = {0, {}};
    out.columns["item"] = {1, {}};
    for (std::size_t i = 2; i < read.first.size(); ++i) {
      const bool clock = is_number(read.first[i]) && std::stod(read.first[i]) > 1e8;
      const std::string role = clock ? "time" : "value";
      if (is_number(read.first[i]) && !out.columns.contains(role)) out.columns[role] = {static_cast<int>(i), {}};
    }
  }
  for (const char* needed : {"user", "item"}) {
    if (out.columns.contains(needed)) continue;
    throw Error(ErrorCode::kData,
                fmt::format("no column looks like the {}; found: {}", needed,
                            fmt::join(read.header.empty() ? read.first : read.header, ", ")),
                fmt::format("name it in the configuration: columns = {{ {} = \"...\" }}", needed),
                {.file = path.string(), .line = 1});
  }
  if (const auto time = out.columns.find("time"); time != out.columns.end()) {
    std::size_t index = 0;
    if (time->second.index)
      index = static_cast<std::size_t>(*time->second.index);
    else
      index = static_cast<std::size_t>(std::find(read.header.begin(), read.header.end(), time->second.name) -
                                       read.header.begin());
    if (index < read.first.size()) out.time_unit = guess_time_unit(read.first[index]);
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
    if (read.first.size() > 1) out.columns["title"] = {1, {}};
  }
  return out;
}

}  // namespace genre
