// Cells of a row as ids and numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace genre {

inline constexpr std::size_t kLongestId = 256;

std::string_view trimmed(std::string_view text);  // without spaces, tabs and line ends around it

// Whether `id` can be one: 1 to kLongestId bytes, no control character. `id_fault` says why not, "" where it can.
bool valid_id(std::string_view id);
std::string id_fault(std::string_view role, std::string_view id);

// A finite float, written with or without a sign; `number_fault` says why it is none.
std::optional<float> parse_float(std::string_view text);
std::string number_fault(std::string_view role, std::string_view text);

}  // namespace genre
