// The columns of an event: what [[data.interactions]].columns may name.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "genre/data/options.h"
#include "genre/data/source_rows.h"

namespace genre {

enum EventRole : std::size_t {
  kUser,
  kItem,
  kValue,
  kTime,
  kType,
  kWeight,     // stands for the weight of the event's type
  kDwell,      // seconds that the user stayed
  kSentiment,  // of a comment, as some model or person gave it
  kEventRoles
};
inline constexpr std::array<const char*, kEventRoles> kEventRoleNames = {"user", "item",   "value", "time",
                                                                         "type", "weight", "dwell", "sentiment"};

// The columns that `source` gives; without its `columns` the usual names. `key` is its place in the configuration.
// Throws Error(kConfig) for a role that there is not, with the nearest.
ColumnRequest event_columns(const InteractionSourceOptions& source, const std::string& key);

}  // namespace genre
