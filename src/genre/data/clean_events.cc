#include "genre/data/clean_events.h"

#include <cmath>
#include <functional>

#include "genre/base/error.h"
#include "genre/data/clean_items.h"
#include "genre/data/event_rate.h"
#include "genre/data/value_outliers.h"

namespace genre {
namespace {

int minimum_of(const std::map<std::string, int>& minima, const char* name) {
  const auto found = minima.find(name);
  return found == minima.end() ? 0 : found->second;
}

bool any_minimum(const std::map<std::string, int>& minima) {
  return minimum_of(minima, "user") > 0 || minimum_of(minima, "item") > 0;
}

}  // namespace

std::vector<CleaningStep> clean_events(EventRead& read, FieldRead& items, FieldRead& users,
                                       const CleaningOptions& options) {
  std::vector<CleaningStep> steps = read.steps;
  EventColumns& events = read.events;
  // Runs a rule that may say how many texts or items it changed.
  const auto step = [&](bool on, const char* rule, const std::function<std::int64_t()>& apply) {
    if (!on) return;
    const std::int64_t before = events.size(), changed = apply();
    steps.push_back({rule, before, events.size(), changed});
  };
  const auto drop = [&](bool on, const char* rule, const std::function<void()>& apply) {
    step(on, rule, [&] {
      apply();
      return std::int64_t{0};
    });
  };

  step(!options.repair_text.empty(), "repair_text",
       [&] { return repair_fields(items, options.repair_text) + repair_fields(users, options.repair_text); });
  step(!options.near_duplicates.by.empty(), "near_duplicates",
       [&] { return join_near_duplicates(read, items, options.near_duplicates); });
  step(!options.required_fields.empty(), "missing_fields",
       [&] { return drop_incomplete_items(read, items, options.required_fields); });
  if (options.rate.events > 0 && !read.has_time)
    throw Error(ErrorCode::kConfig, "the rate rule needs times, and the interactions have no time column",
                "name the time column in [[data.interactions]], or leave the rule out",
                {.file = {}, .line = 0, .key = "data.clean.rate"});
  drop(options.rate.events > 0, "rate",
       [&] { drop_fast_users(events, options.rate.events, std::llround(options.rate.minutes * 60'000)); });
  drop(options.outliers.has_value(), "outliers", [&] { drop_value_outliers(events, *options.outliers); });
  drop(options.duplicates != "keep", "duplicates", [&] { drop_duplicates(events, options.duplicates); });
  drop(any_minimum(options.at_least), "at_least", [&] {
    drop_below_counts(events, read.users.size(), read.items.size(), minimum_of(options.at_least, "user"),
                      minimum_of(options.at_least, "item"));
  });
  drop(any_minimum(options.k_core), "k_core", [&] {
    drop_below_k_core(events, read.users.size(), read.items.size(), minimum_of(options.k_core, "user"),
                      minimum_of(options.k_core, "item"));
  });
  return steps;
}

}  // namespace genre
