#include "genre/data/clean_items.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/data/near_duplicates.h"
#include "genre/data/text_repair.h"

namespace genre {
namespace {

constexpr std::int32_t kGone = -1;

const std::vector<std::string>& field(const FieldRead& items, const std::string& name, const std::string& key) {
  const auto found = items.fields.find(name);
  if (found != items.fields.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [other, values] : items.fields) known.push_back(other);
  const auto nearest = nearest_name(name, known);
  throw Error(ErrorCode::kConfig, fmt::format("no item source gives the field '{}'", name),
              nearest         ? fmt::format("did you mean '{}'?", *nearest)
              : known.empty() ? "add [[data.items]] with columns for the fields"
                              : fmt::format("the fields are {}", fmt::join(known, ", ")),
              {.file = {}, .line = 0, .key = "data.clean." + key});
}

// Numbers of `ids` in bytewise order of the ids.
std::vector<std::int32_t> bytewise(const IdInterner& ids) {
  std::vector<std::int32_t> out(static_cast<std::size_t>(ids.size()));
  std::iota(out.begin(), out.end(), 0);
  std::sort(out.begin(), out.end(), [&](auto a, auto b) { return ids.id(a) < ids.id(b); });
  return out;
}

// Leaves the items whose byte is not 0.
void keep_items(FieldRead& items, const std::vector<std::uint8_t>& keep) {
  FieldRead out;
  for (std::int32_t i = 0; i < items.ids.size(); ++i)
    if (keep[i] != 0) out.ids.intern(items.ids.id(i));
  for (auto& [name, values] : items.fields) {
    auto& target = out.fields[name];
    for (std::size_t i = 0; i < keep.size(); ++i)
      if (keep[i] != 0) target.push_back(std::move(values[i]));
  }
  items = std::move(out);
}

// Gives events the item that stands for theirs; those of kGone are dropped.
void move_events(EventColumns& events, const std::vector<std::int32_t>& target) {
  std::vector<std::uint8_t> keep(events.item.size(), 1);
  for (std::size_t i = 0; i < keep.size(); ++i) {
    events.item[i] = std::max(target[events.item[i]], kGone);
    keep[i] = events.item[i] != kGone;
  }
  keep_rows(events, keep);
}

}  // namespace

std::int64_t repair_fields(FieldRead& read, const std::vector<std::string>& repairs) {
  const TextRepair repair(repairs);
  std::int64_t changed = 0;
  for (auto& [name, values] : read.fields) {
    for (auto& value : values) {
      std::string repaired = repair.apply(value);
      changed += repaired != value;
      value = std::move(repaired);
    }
  }
  return changed;
}

std::int64_t join_near_duplicates(EventRead& read, FieldRead& items, const NearDuplicateOptions& options) {
  const std::vector<std::int32_t> order = bytewise(items.ids);
  std::vector<std::string> texts(order.size());
  for (const auto& name : options.by) {
    const auto& values = field(items, name, "near_duplicates.by");
    for (std::size_t i = 0; i < order.size(); ++i) texts[i] += values[order[i]] + "\n";
  }
  const auto leaders = first_alike(texts, options.similarity);

  std::vector<std::int32_t> target(static_cast<std::size_t>(read.items.size()));
  std::iota(target.begin(), target.end(), 0);
  std::vector<std::uint8_t> keep(order.size(), 1);
  std::int64_t gone = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (leaders[i] == static_cast<std::int32_t>(i)) continue;
    const std::int32_t own = order[i], leader = order[static_cast<std::size_t>(leaders[i])];
    for (auto& [name, values] : items.fields)
      if (values[leader].empty()) values[leader] = values[own];
    keep[own] = 0;
    ++gone;
    if (const auto event_item = read.items.find(items.ids.id(own)))
      target[*event_item] = options.action == "drop" ? kGone : read.items.intern(items.ids.id(leader));
  }
  move_events(read.events, target);
  keep_items(items, keep);
  return gone;
}

std::int64_t drop_incomplete_items(EventRead& read, FieldRead& items, const std::vector<std::string>& fields) {
  std::vector<std::uint8_t> complete(static_cast<std::size_t>(items.ids.size()), 1);
  for (const auto& name : fields) {
    const auto& values = field(items, name, "required_fields");
    for (std::size_t i = 0; i < complete.size(); ++i) complete[i] &= !values[i].empty();
  }
  std::vector<std::int32_t> target(static_cast<std::size_t>(read.items.size()), kGone);
  std::int64_t gone = std::count(complete.begin(), complete.end(), 0);
  for (std::int32_t item = 0; item < read.items.size(); ++item) {
    const auto described = items.ids.find(read.items.id(item));
    if (!described) ++gone;
    if (described && complete[*described] != 0) target[item] = item;
  }
  move_events(read.events, target);
  keep_items(items, complete);
  return gone;
}

}  // namespace genre
