// Events for tests of cleaning rules, written as rows.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/data/cleaning.h"

namespace genre {

struct EventRow {
  std::int32_t user, item;
  float value;
  std::int64_t time;
  std::uint8_t type = 0, part = 0;
};

inline EventColumns event_columns(const std::vector<EventRow>& rows) {
  EventColumns out;
  for (const auto& row : rows) {
    out.user.push_back(row.user);
    out.item.push_back(row.item);
    out.value.push_back(row.value);
    out.weight.push_back(1);
    out.time.push_back(row.time);
    out.type.push_back(row.type);
    out.part.push_back(row.part);
  }
  return out;
}

}  // namespace genre
