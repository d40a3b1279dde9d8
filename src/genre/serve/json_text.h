// JSON from outside (RFC 8259), read strictly.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace genre {

inline constexpr int kJsonDepth = 64;

// Throws Problem 400 "bad_json" with the place ("line 1, column 9") for a syntax error, invalid UTF-8, a number beyond
// double, a name given twice in one object, or nesting deeper than kJsonDepth.
nlohmann::json parse_json(std::string_view text);

}  // namespace genre
