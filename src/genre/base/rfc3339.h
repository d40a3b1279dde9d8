// Points in time as text: RFC 3339, and what people write for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace genre {

// Milliseconds UTC since 1970 of years 0001 to 9999, what RFC 3339 can name.
inline constexpr std::int64_t kEarliestTime = -62135596800000, kLatestTime = 253402300799999;

// "2026-01-31T12:00:00.250+01:00"; a space may stand for T. Absent where malformed or no such date. A leap second
// counts as the second before it; digits beyond milliseconds are cut.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

// Also takes a bare date, a time without seconds or without zone (UTC), and an offset as +0100 or +01.
std::optional<std::int64_t> parse_rfc3339_leniently(std::string_view text);

}  // namespace genre
