// Formats of strings that JSON schemas name, as regular expressions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace genre {

// The expression of date, time, date-time (RFC 3339, without leap seconds), uuid (RFC 9562, lower case), email (RFC
// 5321, dotted atoms at a domain name) or uri (RFC 3986, with a host); each is a part of what the format allows. None
// for other names.
std::optional<std::string> string_format_pattern(std::string_view name);

inline constexpr std::string_view kStringFormats = "date, time, date-time, uuid, email, uri";

}  // namespace genre
