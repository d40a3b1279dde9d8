// Times of input files as milliseconds since 1970 in UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace genre {

enum class TimeUnit { kSeconds, kMilliseconds, kRfc3339 };
TimeUnit time_unit(std::string_view name);  // of the configuration's names; anything else is a bug of the caller

// kSeconds and kMilliseconds take whole or decimal numbers. kRfc3339 takes "2025-01-31T23:59:59.5+02:00", a space in
// place of T, no zone (UTC), or a bare date. Years 1 to 9999; nothing for anything else.
std::optional<std::int64_t> parse_time(std::string_view text, TimeUnit unit);

}  // namespace genre
