// How numbers and intervals of an evaluation stand in its JSON and in the cells of its tables.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "genre/base/not_a_number.h"
#include "genre/eval/bootstrap.h"

namespace genre {

// null where there is none: JSON has no NaN.
inline nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

// The other way round: the number under a key, or the value of an interval there; NaN where there is none.
inline double number_at(const nlohmann::ordered_json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return kNan;
  if (found->is_object()) return number_at(*found, "value");
  return found->is_number() ? found->get<double>() : kNan;
}

inline nlohmann::ordered_json interval_json(const Interval& interval) {
  return {{"value", number(interval.value)}, {"low", number(interval.low)}, {"high", number(interval.high)}};
}

inline std::string cell(double value, int digits = 4) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : "–";
}

// Without its ends where there are none.
inline std::string cell(const Interval& interval) {
  if (!std::isfinite(interval.value)) return "–";
  if (!std::isfinite(interval.low) && !std::isfinite(interval.high)) return cell(interval.value);
  return fmt::format("{:.4f} [{:.4f}, {:.4f}]", interval.value, interval.low, interval.high);
}

}  // namespace genre
