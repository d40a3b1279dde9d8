#include "genre/data/timestamp.h"

#include <cassert>
#include <charconv>
#include <chrono>
#include <cmath>

namespace genre {
namespace {

constexpr std::int64_t kEarliest = -62135596800000, kLatest = 253402300799999;  // years 1 and 9999

std::optional<std::int64_t> in_range(std::int64_t milliseconds) {
  if (milliseconds < kEarliest || milliseconds > kLatest) return std::nullopt;
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

// Reads text from the front; every step says whether it could.
struct Cursor {
  std::string_view text;

  bool digits(std::size_t count, int& out) {
    if (text.size() < count) return false;
    out = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text[i] < '0' || text[i] > '9') return false;
      out = out * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return true;
  }

  bool literal(char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }
};

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  Cursor at{text};
  int years = 0, months = 0, days_of_month = 0;
  if (!at.digits(4, years) || !at.literal('-') || !at.digits(2, months) || !at.literal('-') ||
      !at.digits(2, days_of_month))
    return std::nullopt;
  const year_month_day date{year{years}, month{static_cast<unsigned>(months)},
                            day{static_cast<unsigned>(days_of_month)}};
  if (years < 1 || !date.ok()) return std::nullopt;
  const std::int64_t midnight = static_cast<std::int64_t>(sys_days{date}.time_since_epoch().count()) * 86'400'000;
  if (at.text.empty()) return midnight;

  int hour = 0, minute = 0, second = 0;
  if (!at.literal('T') && !at.literal('t') && !at.literal(' ')) return std::nullopt;
  if (!at.digits(2, hour) || !at.literal(':') || !at.digits(2, minute)) return std::nullopt;
  if (at.literal(':') && !at.digits(2, second)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::int64_t fraction = 0;
  if (at.literal('.')) {
    int digit = 0;
    if (!at.digits(1, digit)) return std::nullopt;
    int scale = 100;
    do {
      fraction += digit * scale;
      scale /= 10;
    } while (at.digits(1, digit));
  }
  std::int64_t offset = 0;
  if (!at.text.empty() && !at.literal('Z') && !at.literal('z')) {
    const bool east = at.literal('+');
    int hours = 0, minutes = 0;
    if ((!east && !at.literal('-')) || !at.digits(2, hours)) return std::nullopt;
    at.literal(':');
    if (!at.text.empty() && !at.digits(2, minutes)) return std::nullopt;
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset = (east ? 1 : -1) * (hours * 60 + minutes) * std::int64_t{60'000};
  }
  if (!at.text.empty()) return std::nullopt;
  return in_range(midnight + ((hour * 60 + minute) * 60 + second) * std::int64_t{1000} + fraction - offset);
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
      return parse_rfc3339(text);
  }
  return std::nullopt;
}

}  // namespace genre
