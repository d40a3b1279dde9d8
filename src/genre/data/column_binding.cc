#include "genre/data/column_binding.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "genre/base/text_distance.h"

namespace genre {
namespace {

constexpr std::size_t kShownNames = 30;

}  // namespace

Error missing_column(const WantedColumn& wanted, const std::vector<std::string>& names, const Place& place) {
  Place at = place;
  at.key = "columns." + wanted.role;
  if (names.empty()) {
    return {ErrorCode::kConfig,
            fmt::format("the {} column is to be '{}', but the file does not name its columns", wanted.role,
                        wanted.column.name),
            fmt::format("give its number from 0, as in columns = {{ {} = 0 }}, or set header = true", wanted.role), at};
  }
  const auto nearest = nearest_name(wanted.column.name, names);
  const std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShownNames)));
  return {ErrorCode::kConfig, fmt::format("there is no column '{}' for {}", wanted.column.name, wanted.role),
          nearest
              ? fmt::format("did you mean '{}'? columns = {{ {} = \"{}\" }}", *nearest, wanted.role, *nearest)
              : fmt::format("the columns are {}: columns = {{ {} = \"...\" }}", fmt::join(shown, ", "), wanted.role),
          at};
}

ColumnBinding bind_columns(const ColumnRequest& request, const std::vector<std::string>& names, std::size_t width,
                           const Place& place) {
  ColumnBinding out;
  const auto bind = [&](const std::string& role, std::size_t column, bool required) {
    out.roles.push_back(role);
    out.columns.push_back(column);
    if (required) out.needed = std::max(out.needed, column + 1);
  };
  for (const auto& wanted : request.wanted) {
    if (wanted.column.index) {
      if (*wanted.column.index < 0 || static_cast<std::size_t>(*wanted.column.index) >= width) {
        Place at = place;
        at.key = "columns." + wanted.role;
        throw Error(ErrorCode::kConfig,
                    fmt::format("the {} column is to be number {}, but there are {} columns", wanted.role,
                                *wanted.column.index, width),
                    "columns count from 0; check the delimiter too", at);
      }
      bind(wanted.role, static_cast<std::size_t>(*wanted.column.index), wanted.required);
      continue;
    }
    const auto found = std::find(names.begin(), names.end(), wanted.column.name);
    if (found != names.end())
      bind(wanted.role, static_cast<std::size_t>(found - names.begin()), wanted.required);
    else if (wanted.required)
      throw missing_column(wanted, names, place);
  }
  if (request.all_others) {
    const auto bound = out.columns;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (!names[i].empty() && std::find(bound.begin(), bound.end(), i) == bound.end() &&
          std::find(out.roles.begin(), out.roles.end(), names[i]) == out.roles.end())
        bind(names[i], i, false);
  }
  return out;
}

}  // namespace genre
