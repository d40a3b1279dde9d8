#include "genre/data/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "genre/base/error.h"
#include "genre/data/event_rule.h"
#include "genre/data/read_events.h"
#include "genre/data/split.h"
#include "genre/data/user_order.h"

namespace genre {
namespace {

void check_split(const DataOptions& options) {
  if (options.split.kind != "leave_one_out" && options.split.kind != "none" && options.split.kind != "files")
    check_ratio(options.split.ratio);
  bool any_train = false;
  for (std::size_t i = 0; i < options.interactions.size(); ++i) {
    const std::string& part = options.interactions[i].part;
    const Place place = {.file = {}, .line = 0, .key = fmt::format("data.interactions[{}].part", i)};
    any_train |= part == "train";
    if (options.split.kind == "files" && part.empty())
      throw Error(ErrorCode::kConfig, fmt::format("{} has no part", options.interactions[i].path),
                  "part = \"train\", \"valid\" or \"test\"", place);
    if (options.split.kind != "files" && !part.empty())
      throw Error(
          ErrorCode::kConfig,
          fmt::format("{} is the {} part, but the split is {}", options.interactions[i].path, part, options.split.kind),
          "set data.split.kind = \"files\", or leave part out", place);
  }
  if (options.split.kind == "files" && !any_train)
    throw Error(ErrorCode::kConfig, "no source is the train part", "part = \"train\" in one of [[data.interactions]]",
                {.file = {}, .line = 0, .key = "data.interactions"});
}

void check_order(const EventRead& read, const std::string& kind) {
  if ((kind != "temporal" || read.has_time) && (kind != "leave_one_out" || read.has_order)) return;
  throw Error(
      ErrorCode::kConfig, fmt::format("the {} split needs times, and the interactions have no time column", kind),
      kind == "temporal" && read.has_order ? "lists have an order in each user only: split leave_one_out or user_ratio"
                                           : "name the time column in [[data.interactions]], or split user_ratio",
      {.file = {}, .line = 0, .key = "data.split.kind"});
}

void add_step(std::vector<CleaningStep>& steps, std::string rule, std::int64_t rows_in, std::int64_t rows_out) {
  steps.push_back({std::move(rule), rows_in, rows_out});
}

std::vector<CleaningStep> clean(EventRead& read, const CleaningOptions& options) {
  std::vector<CleaningStep> steps;
  add_step(steps, "invalid", read.rows, read.readable);
  if (options.minimum_value || options.maximum_value) add_step(steps, "range", read.readable, read.in_range);
  EventColumns& events = read.events;
  if (options.duplicates != "keep") {
    const std::int64_t before = events.size();
    drop_duplicates(events, options.duplicates);
    add_step(steps, "duplicates", before, events.size());
  }
  const auto minimum = [&](const char* name) {
    const auto found = options.k_core.find(name);
    return found == options.k_core.end() ? 0 : found->second;
  };
  if (minimum("user") > 0 || minimum("item") > 0) {
    const std::int64_t before = events.size();
    drop_below_k_core(events, read.users.size(), read.items.size(), minimum("user"), minimum("item"));
    add_step(steps, "k_core", before, events.size());
  }
  return steps;
}

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

FieldTable number_fields(FieldRead&& read, const IdMap& ids) {
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
    std::stable_sort(rows.begin(), rows.end(),
                     [&](std::int64_t a, std::int64_t b) { return events.time[a] < events.time[b]; });
  }
  const std::vector<std::int64_t>& order = grouped.rows;
  Interactions out;
  out.user = permuted(events.user, order);
  out.item = permuted(events.item, order);
  out.value = permuted(events.value, order);
  out.weight = permuted(events.weight, order);
  out.time = permuted(events.time, order);
  out.type = permuted(events.type, order);
  out.part = permuted(events.part, order);
  return out;
}

// Types that occur keep their order; types[] of the events follow.
void number_types(Interactions& all, const std::vector<std::string>& known, std::vector<std::string>& types,
                  std::vector<EventRule>& rules, const std::map<std::string, EventTypeOptions>& options) {
  std::vector<std::uint8_t> used(known.size(), 0), number(known.size(), 0);
  for (const auto type : all.type) used[type] = 1;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (used[i] == 0) continue;
    number[i] = static_cast<std::uint8_t>(types.size());
    types.push_back(known[i]);
    rules.emplace_back(options.at(known[i]), "data.events." + known[i] + ".positive");
  }
  for (auto& type : all.type) type = number[type];
}

void value_events(Interactions& all, const std::vector<EventRule>& rules) {
  const auto largest = std::numeric_limits<float>::max();
  all.positive.resize(all.user.size());
  for (std::size_t i = 0; i < all.user.size(); ++i) {
    const EventRule& rule = rules[all.type[i]];
    all.positive[i] = rule.positive(all.value[i]) ? 1 : 0;
    all.weight[i] = std::clamp(all.weight[i] * all.value[i], -largest, largest);
  }
}

// Of a type whose latest event counts, earlier events of the pair in the same part keep neither weight nor liking.
void supersede(Interactions& all, const std::vector<EventRule>& rules) {
  std::set<std::tuple<std::int32_t, std::uint8_t, std::uint8_t>> seen;
  for (std::int64_t i = all.size(); i-- > 0;) {
    if (i + 1 == all.size() || all.user[i] != all.user[i + 1]) seen.clear();
    if (!rules[all.type[i]].latest() || seen.emplace(all.item[i], all.type[i], all.part[i]).second) continue;
    all.weight[i] = 0;
    all.positive[i] = 0;
  }
}

void check_enough(const Dataset& dataset) {
  std::string steps;
  for (const auto& step : dataset.cleaning)
    steps += fmt::format("{}{} {} -> {}", steps.empty() ? "" : ", ", step.rule, step.rows_in, step.rows_out);
  const char* const hint = "loosen [data.clean], or check the sources' columns";
  if (dataset.interactions.size() == 0)
    throw Error(ErrorCode::kData, fmt::format("no interactions are left after cleaning ({})", steps), hint);
  if (dataset.users.size() < 2 || dataset.items.size() < 2) {
    throw Error(ErrorCode::kData,
                fmt::format("wanted at least 2 users and 2 items, {} users and {} items are left ({})",
                            dataset.users.size(), dataset.items.size(), steps),
                hint);
  }
}

}  // namespace

PrepareResult prepare(const DataOptions& options, const std::filesystem::path& base_folder, std::uint64_t seed,
                      const std::filesystem::path& rejected_path) {
  check_split(options);
  for (const auto& [name, type] : options.events) EventRule(type, "data.events." + name + ".positive");
  RejectedRows rejected(rejected_path);
  EventRead read = read_events(options, base_folder, rejected);
  FieldRead items = read_fields(options.items, "items", base_folder, options.clean.maximum_rejected, rejected);
  FieldRead users = read_fields(options.users, "users", base_folder, options.clean.maximum_rejected, rejected);

  PrepareResult out;
  Dataset& dataset = out.dataset;
  dataset.name = options.name;
  dataset.has_time = read.has_time;
  dataset.rejected = rejected.count();
  out.rejected_path = rejected.finish();
  dataset.cleaning = clean(read, options.clean);

  EventColumns events = std::move(read.events);
  std::vector<std::uint8_t> used_users(static_cast<std::size_t>(read.users.size()), 0),
      used_items(static_cast<std::size_t>(read.items.size()), 0);
  for (const auto user : events.user) used_users[user] = 1;
  for (const auto item : events.item) used_items[item] = 1;
  for (std::int32_t i = 0; i < items.ids.size(); ++i) {  // items without interactions are in the catalogue too
    const auto item = static_cast<std::size_t>(read.items.intern(items.ids.id(i)));
    if (item >= used_items.size()) used_items.resize(item + 1);
    used_items[item] = 1;
  }
  std::vector<std::int32_t> user_number, item_number;
  dataset.users = number_ids(read.users, used_users, user_number);
  dataset.items = number_ids(read.items, used_items, item_number);
  for (auto& user : events.user) user = user_number[user];
  for (auto& item : events.item) item = item_number[item];
  dataset.item_fields = number_fields(std::move(items), dataset.items);
  dataset.user_fields = number_fields(std::move(users), dataset.users);

  Interactions& all = dataset.interactions = sort_events(std::move(events));
  check_enough(dataset);
  check_order(read, options.split.kind);
  if (options.split.kind != "files") all.part = split_parts(all, dataset.items.size(), options.split, seed);
  std::vector<EventRule> rules;
  number_types(all, read.types, dataset.types, rules, options.events);
  value_events(all, rules);
  if (options.clean.duplicates == "keep") supersede(all, rules);
  return out;
}

}  // namespace genre
