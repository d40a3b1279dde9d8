#include "genre/data/event_roles.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {

ColumnRequest event_columns(const InteractionSourceOptions& source, const std::string& key) {
  // A session column may be named and is not used.
  static const std::vector<std::string> kKnown = [] {
    std::vector<std::string> names(kEventRoleNames.begin(), kEventRoleNames.end());
    names.emplace_back("session");
    return names;
  }();
  auto defaults = kEventRoleNames;
  if (source.format == "atomic") {
    defaults[kUser] = "user_id";
    defaults[kItem] = "item_id";
    defaults[kValue] = "rating";
    defaults[kTime] = "timestamp";
  }
  ColumnRequest out;
  for (std::size_t role = 0; role < kEventRoles; ++role) {
    const auto given = source.columns.find(kEventRoleNames[role]);
    const bool needed = role == kUser || role == kItem;
    if (given != source.columns.end())
      out.wanted.push_back({kEventRoleNames[role], given->second, true});
    else if (needed || source.columns.empty())
      out.wanted.push_back({kEventRoleNames[role], {std::nullopt, defaults[role]}, needed});
  }
  for (const auto& [role, column] : source.columns) {
    if (std::find(kKnown.begin(), kKnown.end(), role) != kKnown.end()) continue;
    const auto nearest = nearest_name(role, kKnown);
    throw Error(
        ErrorCode::kConfig, fmt::format("interactions have no '{}'", role),
        nearest ? fmt::format("did you mean '{}'?", *nearest) : fmt::format("one of {}", fmt::join(kKnown, ", ")),
        {.file = {}, .line = 0, .key = key + ".columns." + role});
  }
  return out;
}

}  // namespace genre
