// Rows that say nothing.
#pragma once

#include <algorithm>
#include <span>

namespace genre {

inline bool all_zeros(std::span<const float> values) {
  return std::ranges::all_of(values, [](float x) { return x == 0; });
}

}  // namespace genre
