// Request targets (RFC 9112, section 3.2, origin and absolute form) taken apart and percent-decoded (RFC 3986).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace genre {

// Absent where an escape is broken.
std::optional<std::string> percent_decode(std::string_view text);

struct Target {
  std::vector<std::string> segments;                       // decoded; "/a/b%2Fc" is {"a", "b/c"}, "/" is {""}
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order; '+' is a space
};
// Throws Problem 400 "bad_target" on a broken escape, a byte that is no UTF-8, or anything but a path.
Target parse_target(std::string_view target);

}  // namespace genre
