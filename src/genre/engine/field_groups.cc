#include "genre/engine/field_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "genre/data/field_values.h"

namespace genre {
namespace {

constexpr std::size_t kMostNumbers = 10;  // more different numbers are cut into ranges
constexpr std::size_t kRanges = 4;
constexpr std::size_t kMostCategories = 100;  // of a field that is found without being named
constexpr double kSeveralValues = 0.1;        // share of its cells that hold more than one

using Values = std::map<std::string, std::vector<std::int32_t>, std::less<>>;  // value -> who has it, ascending

std::optional<double> number_in(std::string_view text) {
  double out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc() || end != text.data() + text.size() || !std::isfinite(out)) return std::nullopt;
  return out;
}

// Who has which number, ascending; empty where a value is no number or somebody has several.
std::map<double, std::vector<std::int32_t>> numbers_of(const Values& values) {
  std::map<double, std::vector<std::int32_t>> out;
  std::set<std::int32_t> seen;
  for (const auto& [text, members] : values) {
    const auto value = number_in(text);
    if (!value) return {};
    auto& same = out[*value];
    for (const std::int32_t member : members) {
      if (!seen.insert(member).second) return {};
      same.push_back(member);
    }
  }
  return out;
}

struct Group {
  std::string name;
  std::vector<std::int32_t> members;
};

// A number goes to the quarter in which the first of those that have it stands.
std::vector<Group> ranges_of(const std::map<double, std::vector<std::int32_t>>& numbers) {
  std::size_t all = 0, before = 0, quarter = kRanges;
  for (const auto& [value, members] : numbers) all += members.size();
  std::vector<Group> out;
  double first = 0;
  for (const auto& [value, members] : numbers) {
    if (const std::size_t now = before * kRanges / all; now != quarter) {
      quarter = now;
      first = value;
      out.emplace_back();
    }
    before += members.size();
    out.back().name = first == value ? fmt::format("{}", value) : fmt::format("{}–{}", first, value);
    out.back().members.insert(out.back().members.end(), members.begin(), members.end());
  }
  return out;
}

}  // namespace

FieldGroups field_groups(const FieldTable& table, const std::string& of, const std::string& field,
                         const std::string& separator, const std::string& key) {
  const auto& cells = field_cells(table, of, field, key);
  Values values;
  for (std::size_t id = 0; id < cells.size(); ++id)
    for_each_value(cells[id], separator, [&](std::string_view value) {
      auto found = values.find(value);
      if (found == values.end()) found = values.emplace(value, std::vector<std::int32_t>()).first;
      const auto member = static_cast<std::int32_t>(id);
      if (found->second.empty() || found->second.back() != member) found->second.push_back(member);
    });
  std::vector<Group> groups;
  if (const auto numbers = numbers_of(values); numbers.size() > kMostNumbers)
    groups = ranges_of(numbers);
  else
    for (auto& [name, members] : values) groups.push_back({name, std::move(members)});

  FieldGroups out{field, {}, {}};
  std::vector<Triplet> entries;
  for (const Group& group : groups) {
    for (const std::int32_t member : group.members)
      entries.push_back({member, static_cast<std::int32_t>(out.names.size()), 1.0f});
    out.names.push_back(group.name);
  }
  out.members = csr_from_triplets(static_cast<std::int64_t>(cells.size()), static_cast<std::int64_t>(out.names.size()),
                                  std::move(entries));
  return out;
}

std::optional<std::string> categorical_field(const FieldTable& table, const std::string& separator) {
  if (separator.empty()) return std::nullopt;
  for (const auto& [field, cells] : table.fields) {
    std::set<std::string, std::less<>> different;
    double filled = 0, several = 0;
    for (const auto& cell : cells) {
      int count = 0;
      for_each_value(cell, separator, [&](std::string_view value) {
        ++count;
        if (!different.contains(value)) different.emplace(value);
      });
      filled += count > 0 ? 1 : 0;
      several += count > 1 ? 1 : 0;
      if (different.size() > kMostCategories) break;
    }
    if (different.size() <= kMostCategories && filled > 0 && several >= kSeveralValues * filled) return field;
  }
  return std::nullopt;
}

}  // namespace genre
