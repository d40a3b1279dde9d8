// Dates as people and programs write them besides RFC 3339:
//
//   2024/01/31 23:59   2024.1.31   31/01/2024 11:59 PM   31.1.2024   01-31-2024   20240131
//   31 Jan 2024   Jan 31, 2024   31-Jan-2024   Wed, 31 Jan 2024 23:59:59 +0200   Wed Jan 31 23:59:59 2024
//
// Months are English names or their first three letters; years have four digits; without a zone (Z, UTC, GMT, +02:00,
// +0200, +02) the time is UTC; seconds and a fraction may be left out. Nothing is guessed: what has two readings is
// not read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace genre {

// What is meant where a form leaves it open. A date that contradicts the order (31/01/2024 with the month first) is
// not read. kYearFirst lets eight digits be a date; day and month stay open.
enum class DateOrder { kUnstated, kDayFirst, kMonthFirst, kYearFirst };

struct DateReading {
  std::optional<std::int64_t> time;    // milliseconds UTC since 1970
  const char* two_readings = nullptr;  // not null: which, and what to set
};
DateReading parse_date(std::string_view text, DateOrder order);

}  // namespace genre
