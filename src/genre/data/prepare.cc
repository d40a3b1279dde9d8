#include "genre/data/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "genre/base/error.h"
#include "genre/data/clean_events.h"
#include "genre/data/event_rule.h"
#include "genre/data/number_events.h"
#include "genre/data/read_events.h"
#include "genre/data/read_fields.h"
#include "genre/data/split.h"

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

void check_order(bool has_order, bool has_time, const std::string& kind) {
  if ((kind != "temporal" || has_time) && (kind != "leave_one_out" || has_order)) return;
  throw Error(
      ErrorCode::kConfig, fmt::format("the {} split needs times, and the interactions have no time column", kind),
      kind == "temporal" && has_order ? "lists have an order in each user only: split leave_one_out or user_ratio"
                                      : "name the time column in [[data.interactions]], or split user_ratio",
      {.file = {}, .line = 0, .key = "data.split.kind"});
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
  const double largest = std::numeric_limits<float>::max();
  all.positive.resize(all.user.size());
  for (std::size_t i = 0; i < all.user.size(); ++i) {
    const EventRule& rule = rules[all.type[i]];
    all.positive[i] = rule.positive(all.value[i]) ? 1 : 0;
    all.weight[i] = static_cast<float>(
        std::clamp(static_cast<double>(all.weight[i]) * rule.scaled(all.value[i]), -largest, largest));
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
  const bool has_order = read.has_order;
  dataset.rejected = rejected.count();
  out.rejected_path = rejected.finish();
  dataset.cleaning = clean_events(read, items, users, options.clean);
  dataset.interactions = number_events(read, items, users, dataset);

  Interactions& all = dataset.interactions;
  check_enough(dataset);
  check_order(has_order, dataset.has_time, options.split.kind);
  if (options.split.kind != "files") all.part = split_parts(all, dataset.items.size(), options.split, seed);
  std::vector<EventRule> rules;
  number_types(all, read.types, dataset.types, rules, options.events);
  value_events(all, rules);
  if (options.clean.duplicates == "keep") supersede(all, rules);
  return out;
}

}  // namespace genre
