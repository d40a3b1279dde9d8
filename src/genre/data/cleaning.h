// Events in source order, before they are numbered and split, and the rules that drop some of them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace genre {

struct EventColumns {
  std::vector<std::int32_t> user, item;  // interned
  std::vector<float> value, weight;      // weight: of the event's type, before it is multiplied by the value
  std::vector<std::int64_t> time;
  std::vector<std::uint8_t> type, part;
  std::int64_t size() const { return static_cast<std::int64_t>(user.size()); }
};

// Keeps the rows whose byte is not 0, in order.
void keep_rows(EventColumns& events, const std::vector<std::uint8_t>& keep);

// Of the rows with the same user, item, type and part one stays: the first or last (by time, then row), the last with
// the sum of the values, or the one with the largest value (the last such). Modes are CleaningOptions::duplicates.
void drop_duplicates(EventColumns& events, std::string_view mode);

// Drops users and items with fewer rows, all counted once before anything is dropped.
void drop_below_counts(EventColumns& events, std::int32_t users, std::int32_t items, int user_minimum,
                       int item_minimum);

// Drops users and items with fewer rows until every user and item that is left has enough: the largest such set.
void drop_below_k_core(EventColumns& events, std::int32_t users, std::int32_t items, int user_minimum,
                       int item_minimum);

}  // namespace genre
