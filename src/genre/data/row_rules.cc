#include "genre/data/row_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/rfc3339.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

std::optional<std::int64_t> stated_time(const std::string& text, const std::string& key) {
  if (text.empty()) return std::nullopt;
  const auto time = parse_rfc3339_leniently(text);
  if (!time)
    throw Error(ErrorCode::kConfig, fmt::format("'{}' is no date", text), "write it as 2024-01-31T00:00:00Z",
                {.file = {}, .line = 0, .key = "data.clean." + key});
  return time;
}

EventRole stated_role(const std::string& name) {
  const auto found = std::find(kEventRoleNames.begin() + kValue, kEventRoleNames.end(), name);
  if (found != kEventRoleNames.end()) return static_cast<EventRole>(found - kEventRoleNames.begin());
  const std::vector<std::string> known(kEventRoleNames.begin() + kValue, kEventRoleNames.end());
  const auto nearest = nearest_name(name, known);
  throw Error(ErrorCode::kConfig, fmt::format("events have no column '{}'", name),
              nearest ? fmt::format("did you mean '{}'?", *nearest) : fmt::format("one of {}", fmt::join(known, ", ")),
              {.file = {}, .line = 0, .key = "data.clean.required"});
}

}  // namespace

RowRules::RowRules(const CleaningOptions& options)
    : minimum_value_(options.minimum_value),
      maximum_value_(options.maximum_value),
      minimum_dwell_(options.minimum_dwell),
      not_before_(stated_time(options.not_before, "not_before")),
      not_after_(stated_time(options.not_after, "not_after")) {
  for (const auto& name : options.required) required_.push_back(stated_role(name));
}

void RowRules::check_columns(const std::array<bool, kEventRoles>& has, const std::string& file) const {
  const auto need = [&](EventRole role, const std::string& rule) {
    if (has[role]) return;
    throw Error(ErrorCode::kConfig, fmt::format("{} needs a {} column", rule, kEventRoleNames[role]),
                fmt::format("name it: columns = {{ {} = ... }}, or leave the rule out", kEventRoleNames[role]),
                {.file = file, .line = 0, .key = "data.clean." + rule});
  };
  for (const EventRole role : required_) need(role, "required");
  if (minimum_dwell_) need(kDwell, "minimum_dwell");
  if (not_before_) need(kTime, "not_before");
  if (not_after_) need(kTime, "not_after");
}

bool RowRules::drop_unfilled(const std::array<bool, kEventRoles>& filled, std::string& reason) {
  for (const EventRole role : required_) {
    if (filled[role]) continue;
    reason = fmt::format("{} is required and missing", kEventRoleNames[role]);
    ++unfilled_;
    return true;
  }
  return false;
}

bool RowRules::drop(float value, std::optional<std::int64_t> time, std::optional<float> dwell, std::string& reason) {
  if ((minimum_value_ && value < *minimum_value_) || (maximum_value_ && value > *maximum_value_)) {
    reason = fmt::format("value {} is out of range", value);
    ++out_of_range_;
  } else if ((not_before_ && time && *time < *not_before_) || (not_after_ && time && *time > *not_after_)) {
    reason = not_before_ && *time < *not_before_ ? "time is before not_before" : "time is after not_after";
    ++impossible_;
  } else if (minimum_dwell_ && dwell && *dwell < *minimum_dwell_) {
    reason = fmt::format("a dwell time of {} seconds is too short", *dwell);
    ++short_;
  } else {
    return false;
  }
  return true;
}

std::vector<CleaningStep> RowRules::steps(std::int64_t rows) const {
  std::vector<CleaningStep> out;
  const auto add = [&](bool on, const char* rule, std::int64_t dropped) {
    if (!on) return;
    out.push_back({rule, rows, rows - dropped});
    rows -= dropped;
  };
  add(!required_.empty(), "missing", unfilled_);
  add(minimum_value_ || maximum_value_, "range", out_of_range_);
  add(not_before_ || not_after_, "time", impossible_);
  add(minimum_dwell_.has_value(), "dwell", short_);
  return out;
}

}  // namespace genre
