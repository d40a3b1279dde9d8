// Draws from what a row of interactions does not hold.
#pragma once

#include <cstdint>
#include <span>

namespace genre {

// The n-th (from 0) of the numbers 0, 1, 2, ... that the ascending list does not hold: with n uniform below I - the
// list's length, each absent item of I is as likely as any other. Time: log of the list's length.
inline std::int32_t absent_item(std::span<const std::int32_t> ascending, std::int32_t n) {
  std::int32_t low = 0, high = static_cast<std::int32_t>(ascending.size());
  while (low < high) {  // ascending[i] - i numbers are absent below ascending[i]
    const std::int32_t middle = low + (high - low) / 2;
    if (ascending[middle] - middle > n)
      high = middle;
    else
      low = middle + 1;
  }
  return n + low;
}

}  // namespace genre
