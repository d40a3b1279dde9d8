#include "genre/data/timestamp.h"

#include <cassert>
#include <charconv>
#include <cmath>

#include "genre/base/rfc3339.h"

namespace genre {
namespace {

std::optional<std::int64_t> in_range(std::int64_t milliseconds) {
  if (milliseconds < kEarliestTime || milliseconds > kLatestTime) return std::nullopt;
  return milliseconds;
}

std::optional<std::int64_t> parse_number(std::string_view text, double to_milliseconds) {
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, integer); error == std::errc{} && stop == end) {
    const double milliseconds = static_cast<double>(integer) * to_milliseconds;
    if (!(std::abs(milliseconds) < 1e15)) return std::nullopt;
    return in_range(integer * static_cast<std::int64_t>(to_milliseconds));
  }
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || !(std::abs(number * to_milliseconds) < 1e15)) return std::nullopt;
  return in_range(std::llround(number * to_milliseconds));
}

}  // namespace

TimeUnit time_unit(std::string_view name) {
  if (name == "seconds") return TimeUnit::kSeconds;
  if (name == "milliseconds") return TimeUnit::kMilliseconds;
  assert(name == "rfc3339");
  return TimeUnit::kRfc3339;
}

std::optional<std::int64_t> parse_time(std::string_view text, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds:
      return parse_number(text, 1000);
    case TimeUnit::kMilliseconds:
      return parse_number(text, 1);
    case TimeUnit::kRfc3339:
      return parse_rfc3339_leniently(text);
  }
  return std::nullopt;
}

}  // namespace genre
