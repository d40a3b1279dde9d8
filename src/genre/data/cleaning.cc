#include "genre/data/cleaning.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace genre {
namespace {

template <class T>
void keep_values(std::vector<T>& values, const std::vector<std::uint8_t>& keep) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (keep[i] != 0) values[out++] = values[i];
  values.resize(out);
}

}  // namespace

void keep_rows(EventColumns& events, const std::vector<std::uint8_t>& keep) {
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
  std::vector<std::int64_t> order(events.user.size());
  std::iota(order.begin(), order.end(), 0);
  const auto key = [&](std::int64_t row) { return std::tie(events.user[row], events.item[row], events.type[row], events.part[row]); };
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return std::tuple_cat(key(a), std::tie(events.time[a], a)) < std::tuple_cat(key(b), std::tie(events.time[b], b));
  });
  std::vector<std::uint8_t> keep(order.size(), 0);
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && key(order[end]) == key(order[begin])) ++end;
    std::int64_t kept = mode == "first" ? order[begin] : order[end - 1];
    if (mode == "sum") {
      double sum = 0;
      for (std::size_t i = begin; i < end; ++i) sum += events.value[order[i]];
      const double largest = std::numeric_limits<float>::max();
      events.value[kept] = static_cast<float>(std::clamp(sum, -largest, largest));
    } else if (mode == "max") {
      for (std::size_t i = end; i-- > begin;)
        if (events.value[order[i]] > events.value[kept]) kept = order[i];
    }
    keep[kept] = 1;
  }
  keep_rows(events, keep);
}

void drop_below_k_core(EventColumns& events, std::int32_t users, std::int32_t items, int user_minimum, int item_minimum) {
  std::vector<std::uint8_t> keep(events.user.size(), 1);
  std::vector<std::int64_t> user_rows(users, 0), item_rows(items, 0);
  for (std::size_t i = 0; i < keep.size(); ++i) {
    ++user_rows[events.user[i]];
    ++item_rows[events.item[i]];
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < keep.size(); ++i) {
      if (keep[i] == 0 || (user_rows[events.user[i]] >= user_minimum && item_rows[events.item[i]] >= item_minimum)) continue;
      keep[i] = 0;
      --user_rows[events.user[i]];
      --item_rows[events.item[i]];
      changed = true;
    }
  }
  keep_rows(events, keep);
}

}  // namespace genre
