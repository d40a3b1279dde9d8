#include "genre/data/cleaning.h"

#include <algorithm>
#include <limits>
#include <span>
#include <tuple>

#include "genre/data/user_order.h"

namespace genre {
namespace {

template <class T>
void keep_values(std::vector<T>& values, const std::vector<std::uint8_t>& keep) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (keep[i] != 0) values[out++] = values[i];
  values.resize(out);
}

bool repeats_an_item(const EventColumns& events, std::span<const std::int64_t> rows, std::int32_t user,
                     std::vector<std::int32_t>& last_user) {
  for (const auto row : rows) {
    const auto item = static_cast<std::size_t>(events.item[row]);
    if (item >= last_user.size()) last_user.resize(std::max(item + 1, 2 * last_user.size()), -1);
    if (last_user[item] == user) return true;
    last_user[item] = user;
  }
  return false;
}

// Rows of each user and item.
struct RowCounts {
  std::vector<std::int64_t> user, item;
  RowCounts(const EventColumns& events, std::int32_t users, std::int32_t items) : user(users, 0), item(items, 0) {
    for (std::size_t i = 0; i < events.user.size(); ++i) {
      ++user[events.user[i]];
      ++item[events.item[i]];
    }
  }
};

}  // namespace

void keep_rows(EventColumns& events, const std::vector<std::uint8_t>& keep) {
  if (std::find(keep.begin(), keep.end(), 0) == keep.end()) return;
  keep_values(events.user, keep);
  keep_values(events.item, keep);
  keep_values(events.value, keep);
  keep_values(events.weight, keep);
  keep_values(events.time, keep);
  keep_values(events.type, keep);
  keep_values(events.part, keep);
}

void drop_duplicates(EventColumns& events, std::string_view mode) {
  if (mode == "keep") return;
  struct Event {
    std::int32_t item;
    std::uint8_t type, part;
    std::int64_t time, row;
    auto pair() const { return std::tie(item, type, part); }
    bool operator<(const Event& other) const {
      return std::tie(item, type, part, time, row) <
             std::tie(other.item, other.type, other.part, other.time, other.row);
    }
  };
  UserOrder order = order_by_user(events.user);
  std::vector<std::uint8_t> keep(events.user.size(), 0);
  std::vector<Event> own;
  std::vector<std::int32_t> last_user;  // of each item, to pass over users who repeat none
  for (std::int32_t user = 0; user < order.users(); ++user) {
    if (!repeats_an_item(events, order.of(user), user, last_user)) {
      for (const auto row : order.of(user)) keep[row] = 1;
      continue;
    }
    own.clear();
    for (const auto row : order.of(user))
      own.push_back({events.item[row], events.type[row], events.part[row], events.time[row], row});
    std::sort(own.begin(), own.end());
    for (std::size_t begin = 0, end = 0; begin < own.size(); begin = end) {
      while (end < own.size() && own[end].pair() == own[begin].pair()) ++end;
      std::int64_t kept = mode == "first" ? own[begin].row : own[end - 1].row;
      if (mode == "sum") {
        double sum = 0;
        for (std::size_t i = begin; i < end; ++i) sum += events.value[own[i].row];
        const double largest = std::numeric_limits<float>::max();
        events.value[kept] = static_cast<float>(std::clamp(sum, -largest, largest));
      } else if (mode == "max") {
        for (std::size_t i = end; i-- > begin;)
          if (events.value[own[i].row] > events.value[kept]) kept = own[i].row;
      }
      keep[kept] = 1;
    }
  }
  keep_rows(events, keep);
}

void drop_below_counts(EventColumns& events, std::int32_t users, std::int32_t items, int user_minimum,
                       int item_minimum) {
  const RowCounts rows(events, users, items);
  std::vector<std::uint8_t> keep(events.user.size());
  for (std::size_t i = 0; i < keep.size(); ++i)
    keep[i] = rows.user[events.user[i]] >= user_minimum && rows.item[events.item[i]] >= item_minimum;
  keep_rows(events, keep);
}

void drop_below_k_core(EventColumns& events, std::int32_t users, std::int32_t items, int user_minimum,
                       int item_minimum) {
  RowCounts rows(events, users, items);
  std::vector<std::uint8_t> keep(events.user.size(), 1);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < keep.size(); ++i) {
      if (keep[i] == 0 || (rows.user[events.user[i]] >= user_minimum && rows.item[events.item[i]] >= item_minimum))
        continue;
      keep[i] = 0;
      --rows.user[events.user[i]];
      --rows.item[events.item[i]];
      changed = true;
    }
  }
  keep_rows(events, keep);
}

}  // namespace genre
