#include "genre/data/timestamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

#include "genre/base/rfc3339.h"

namespace genre {
namespace {

constexpr double kLargestSeconds = 1e11;  // of kAuto

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

bool is_number(std::string_view text, double& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc{} && stop == text.data() + text.size();
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds:
      return parse_number(text, 1000);
    case TimeUnit::kMilliseconds:
      return parse_number(text, 1);
    case TimeUnit::kRfc3339:
      return parse_rfc3339_leniently(text);
    case TimeUnit::kAuto:
      break;
  }
  return std::nullopt;
}

TimeReader::TimeReader(std::string_view unit, std::string_view order)
    : unit_(unit == "seconds"        ? TimeUnit::kSeconds
            : unit == "milliseconds" ? TimeUnit::kMilliseconds
            : unit == "rfc3339"      ? TimeUnit::kRfc3339
                                     : TimeUnit::kAuto),
      order_(order == "day_first"     ? DateOrder::kDayFirst
             : order == "month_first" ? DateOrder::kMonthFirst
             : order == "year_first"  ? DateOrder::kYearFirst
                                      : DateOrder::kUnstated) {
  assert(unit_ != TimeUnit::kAuto || unit == "auto");
  assert(order_ != DateOrder::kUnstated || order.empty());
}

std::optional<std::int64_t> TimeReader::read(std::string_view text) const {
  if (unit_ == TimeUnit::kAuto) return read_by_form(text).time;
  const bool date = text.size() > 4 && text[4] == '-';
  return parse_time(text, date ? TimeUnit::kRfc3339 : unit_);
}

std::string TimeReader::fault(std::string_view text) const {
  if (text.empty()) return "time is missing";
  const char* const two_readings = unit_ == TimeUnit::kAuto ? read_by_form(text).two_readings : nullptr;
  if (two_readings != nullptr) return fmt::format("time '{}' has two readings, {}", text, two_readings);
  return fmt::format("time '{}' cannot be read", text);
}

DateReading TimeReader::read_by_form(std::string_view text) const {
  if (const auto time = parse_rfc3339_leniently(text)) return {time, nullptr};
  double number = 0;
  if (!is_number(text, number)) return parse_date(text, order_);
  // 20240131 and 20240131235959 are numbers too.
  if ((text.size() == 8 || text.size() == 14) && text.find_first_not_of("0123456789") == std::string_view::npos) {
    std::string spaced(text.substr(0, 8));
    if (text.size() == 14)
      spaced += fmt::format(" {}:{}:{}", text.substr(8, 2), text.substr(10, 2), text.substr(12, 2));
    const DateReading date = parse_date(spaced, DateOrder::kYearFirst);
    if (date.time && order_ == DateOrder::kYearFirst) return date;
    if (date.time) return {std::nullopt, "a date or a number: set date_order = \"year_first\" or another time_unit"};
  }
  return {parse_time(text, std::abs(number) < kLargestSeconds ? TimeUnit::kSeconds : TimeUnit::kMilliseconds), nullptr};
}

}  // namespace genre
