#include "genre/engine/user_histories.h"

#include <algorithm>
#include <unordered_map>

namespace genre {

std::vector<std::int32_t> UserHistories::positives(std::int64_t user) const {
  std::vector<std::int32_t> out;
  for (std::int64_t i = offsets[user]; i < offsets[user + 1]; ++i)
    if (positive[i]) out.push_back(items[i]);
  return out;
}

UserHistories user_histories(const Dataset& dataset, unsigned parts) {
  const Interactions& events = dataset.interactions;
  UserHistories out;
  out.offsets.assign(dataset.users.size() + 1, 0);
  std::unordered_map<std::int32_t, bool> positive;  // items of the current user
  std::int64_t row = 0;
  for (std::int32_t user = 0; user < dataset.users.size(); ++user) {
    std::int64_t end = row;
    while (end < events.size() && events.user[end] == user) ++end;
    positive.clear();
    std::vector<std::int32_t> newest_first;
    for (std::int64_t i = end - 1; i >= row; --i) {
      if (!(parts >> events.part[i] & 1u)) continue;
      const auto [entry, added] = positive.try_emplace(events.item[i], false);
      if (added) newest_first.push_back(events.item[i]);
      entry->second = entry->second || events.positive[i] != 0;
    }
    for (auto item = newest_first.rbegin(); item != newest_first.rend(); ++item) {
      out.items.push_back(*item);
      out.positive.push_back(positive[*item] ? 1 : 0);
    }
    out.offsets[user + 1] = static_cast<std::int64_t>(out.items.size());
    row = end;
  }
  return out;
}

}  // namespace genre
