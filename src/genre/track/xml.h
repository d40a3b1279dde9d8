// Text as XML and HTML character data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace genre {

// The code points of a UTF-8 text; each byte that belongs to no valid sequence becomes U+FFFD.
std::vector<char32_t> code_points(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);

// Safe between tags and inside quoted attributes: escapes & < > " ', replaces invalid UTF-8 and what XML 1.0 forbids
// (controls but tab, newline and return) by U+FFFD.
std::string escape_xml(std::string_view text);

}  // namespace genre
