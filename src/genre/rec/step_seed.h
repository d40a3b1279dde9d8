// Seeds of the random streams of one step of a training, or of one part of it.
#pragma once

#include <cstdint>

namespace genre {

// A seed of its own for each number, spread over all bits.
inline std::uint64_t step_seed(std::uint64_t seed, std::int64_t number) {
  return seed + 0x9E3779B97F4A7C15 * static_cast<std::uint64_t>(number);
}

}  // namespace genre
