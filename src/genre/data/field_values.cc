#include "genre/data/field_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

void for_each_value(std::string_view cell, std::string_view separator,
                    const std::function<void(std::string_view)>& use) {
  for (std::size_t begin = 0; begin <= cell.size();) {
    const std::size_t end = separator.empty() ? cell.size() : std::min(cell.find(separator, begin), cell.size());
    if (const auto value = trimmed(cell.substr(begin, end - begin)); !value.empty()) use(value);
    begin = end + std::max<std::size_t>(separator.size(), 1);
  }
}

const std::vector<std::string>& field_cells(const FieldTable& table, const std::string& of, const std::string& field,
                                            const std::string& key) {
  const auto found = table.fields.find(field);
  if (found != table.fields.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, cells] : table.fields) names.push_back(name);
  const auto nearest = nearest_name(field, names);
  throw Error(
      ErrorCode::kConfig, fmt::format("no {} source has the field '{}'", of, field),
      nearest ? fmt::format("did you mean '{}'?", *nearest) : fmt::format("name it in columns of [[data.{}s]]", of),
      {.key = key});
}

}  // namespace genre
