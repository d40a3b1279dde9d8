#include "genre/data/number_events.h"

#include <algorithm>

#include "genre/data/user_order.h"

namespace genre {
namespace {

// The ids that are `used`, in bytewise order; number[i] becomes the place of the i-th, -1 where it is not used.
IdMap number_ids(const IdInterner& ids, const std::vector<std::uint8_t>& used, std::vector<std::int32_t>& number) {
  std::vector<std::int32_t> order;
  for (std::int32_t i = 0; i < ids.size(); ++i)
    if (used[i] != 0) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return ids.id(a) < ids.id(b); });
  number.assign(static_cast<std::size_t>(ids.size()), -1);
  std::vector<std::string> sorted;
  sorted.reserve(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    number[order[i]] = static_cast<std::int32_t>(i);
    sorted.emplace_back(ids.id(order[i]));
  }
  return IdMap(std::move(sorted));
}

FieldTable number_fields(FieldRead& read, const IdMap& ids) {
  FieldTable out;
  for (auto& [name, values] : read.fields) {
    auto& target = out.fields[name];
    target.resize(static_cast<std::size_t>(ids.size()));
    for (std::int32_t i = 0; i < read.ids.size(); ++i)
      if (const auto id = ids.find(read.ids.id(i))) target[*id] = std::move(values[i]);
  }
  return out;
}

template <class T>
std::vector<T> permuted(const std::vector<T>& values, const std::vector<std::int64_t>& order) {
  std::vector<T> out;
  out.reserve(order.size());
  for (const auto row : order) out.push_back(values[row]);
  return out;
}

Interactions sort_events(EventColumns&& events) {
  UserOrder grouped = order_by_user(events.user);
  for (std::int32_t user = 0; user < grouped.users(); ++user) {
    const auto rows = grouped.of(user);
    const auto earlier = [&](std::int64_t a, std::int64_t b) { return events.time[a] < events.time[b]; };
    if (!std::is_sorted(rows.begin(), rows.end(), earlier)) std::stable_sort(rows.begin(), rows.end(), earlier);
  }
  const std::vector<std::int64_t>& order = grouped.rows;
  // One column at a time, so that only one is there twice.
  const bool in_order = std::is_sorted(order.begin(), order.end());
  const auto take = [&](auto& column) {
    auto out = in_order ? std::move(column) : permuted(column, order);
    column = {};
    return out;
  };
  Interactions out;
  out.user = take(events.user);
  out.item = take(events.item);
  out.value = take(events.value);
  out.weight = take(events.weight);
  out.time = take(events.time);
  out.type = take(events.type);
  out.part = take(events.part);
  return out;
}

}  // namespace

Interactions number_events(EventRead& read, FieldRead& items, FieldRead& users, Dataset& dataset) {
  EventColumns events = std::move(read.events);
  std::vector<std::uint8_t> used_users(static_cast<std::size_t>(read.users.size()), 0),
      used_items(static_cast<std::size_t>(read.items.size()), 0);
  for (const auto user : events.user) used_users[user] = 1;
  for (const auto item : events.item) used_items[item] = 1;
  for (std::int32_t i = 0; i < items.ids.size(); ++i) {
    const auto item = static_cast<std::size_t>(read.items.intern(items.ids.id(i)));
    if (item >= used_items.size()) used_items.resize(item + 1);
    used_items[item] = 1;
  }
  std::vector<std::int32_t> user_number, item_number;
  dataset.users = number_ids(read.users, used_users, user_number);
  dataset.items = number_ids(read.items, used_items, item_number);
  for (auto& user : events.user) user = user_number[user];
  for (auto& item : events.item) item = item_number[item];
  dataset.item_fields = number_fields(items, dataset.items);
  dataset.user_fields = number_fields(users, dataset.users);
  return sort_events(std::move(events));
}

}  // namespace genre
