#include "genre/base/rfc3339.h"

#include <algorithm>
#include <chrono>

namespace genre {
namespace {

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

  bool any_of(std::string_view characters) {
    if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  }
};

struct Parsed {
  std::int64_t milliseconds;
  bool complete;  // nothing that RFC 3339 asks for is missing
};

std::optional<Parsed> parse(std::string_view text) {
  using namespace std::chrono;
  Cursor at{text};
  int years = 0, months = 0, days_of_month = 0;
  if (!at.digits(4, years) || !at.any_of("-") || !at.digits(2, months) || !at.any_of("-") ||
      !at.digits(2, days_of_month))
    return std::nullopt;
  const year_month_day date{year{years}, month{static_cast<unsigned>(months)},
                            day{static_cast<unsigned>(days_of_month)}};
  if (years < 1 || !date.ok()) return std::nullopt;
  const std::int64_t midnight = static_cast<std::int64_t>(sys_days{date}.time_since_epoch().count()) * 86'400'000;
  if (at.text.empty()) return Parsed{midnight, false};

  bool complete = true;
  int hour = 0, minute = 0, second = 0;
  if (!at.any_of("Tt ") || !at.digits(2, hour) || !at.any_of(":") || !at.digits(2, minute)) return std::nullopt;
  if (!at.any_of(":"))
    complete = false;
  else if (!at.digits(2, second))
    return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::int64_t fraction = 0;
  if (at.any_of(".")) {
    int digit = 0;
    if (!at.digits(1, digit)) return std::nullopt;
    int scale = 100;
    do {
      fraction += digit * scale;
      scale /= 10;
    } while (at.digits(1, digit));
  }
  std::int64_t offset = 0;
  if (at.text.empty()) {
    complete = false;
  } else if (!at.any_of("Zz")) {
    const bool west = at.text.starts_with('-');
    int hours = 0, minutes = 0;
    if (!at.any_of("+-") || !at.digits(2, hours)) return std::nullopt;
    const bool colon = at.any_of(":");
    if (!colon) complete = false;
    if ((colon || !at.text.empty()) && !at.digits(2, minutes)) return std::nullopt;
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset = (west ? -1 : 1) * (hours * 60 + minutes) * std::int64_t{60'000};
  }
  if (!at.text.empty()) return std::nullopt;
  const std::int64_t seconds = (hour * 60 + minute) * 60 + std::min(second, 59);
  const std::int64_t out = midnight + seconds * 1000 + fraction - offset;
  if (out < kEarliestTime || out > kLatestTime) return std::nullopt;
  return Parsed{out, complete};
}

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed || !parsed->complete) return std::nullopt;
  return parsed->milliseconds;
}

std::optional<std::int64_t> parse_rfc3339_leniently(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed) return std::nullopt;
  return parsed->milliseconds;
}

}  // namespace genre
