// Nearest-name suggestions for error messages.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace genre {

// Damerau-Levenshtein distance (adjacent swaps count one), in bytes.
int edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `name`, if near enough to be a likely typing slip (at most a third of its length, at least
// 1).
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> candidates);

}  // namespace genre
