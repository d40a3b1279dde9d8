// Times of input files as milliseconds since 1970 in UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "genre/data/date_forms.h"

namespace genre {

// kAuto: each cell by its form; numbers below 1e11 are seconds, others milliseconds (1e11 ms is in March 1973).
enum class TimeUnit { kSeconds, kMilliseconds, kRfc3339, kAuto };

// kSeconds and kMilliseconds take whole or decimal numbers. kRfc3339 takes "2025-01-31T23:59:59.5+02:00", a space in
// place of T, no zone (UTC), or a bare date. Years 1 to 9999; nothing for anything else, and for kAuto.
std::optional<std::int64_t> parse_time(std::string_view text, TimeUnit unit);

// Reads the times of one source.
class TimeReader {
 public:
  TimeReader() = default;
  // Of the configuration's names (time_unit, date_order); anything else is a bug of the caller.
  TimeReader(std::string_view unit, std::string_view order);

  // Nothing where `text` is no time or has two readings. A cell that is written as 2025-01-31... is one in any unit.
  std::optional<std::int64_t> read(std::string_view text) const;
  std::string fault(std::string_view text) const;  // why read() gave nothing

 private:
  DateReading read_by_form(std::string_view text) const;

  TimeUnit unit_ = TimeUnit::kSeconds;
  DateOrder order_ = DateOrder::kUnstated;
};

}  // namespace genre
