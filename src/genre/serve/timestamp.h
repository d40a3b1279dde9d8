// Points in time as events give them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace genre {

// RFC 3339 ("2026-01-31T12:00:00.250+01:00") as milliseconds UTC; absent where malformed or no such date. A leap
// second counts as the second before it; digits beyond milliseconds are cut.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);
std::int64_t now_milliseconds();

// Milliseconds of years 0001 to 9999, what RFC 3339 can name.
inline constexpr std::int64_t kEarliestTime = -62135596800000, kLatestTime = 253402300799999;

}  // namespace genre
