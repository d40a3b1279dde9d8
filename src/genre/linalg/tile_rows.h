// How the rows of a product are shared out among tiles, and its panels among threads.
#pragma once

#include <cstdint>

namespace genre::linalg {

// Rows of each tile but the last, for `rows` > 0 rows in as few tiles of at most `most` as will do: as even as can be,
// because a tile of few rows waits for its own sums.
inline __attribute__((always_inline)) constexpr std::int64_t tile_rows(std::int64_t rows, std::int64_t most) {
  const std::int64_t tiles = (rows + most - 1) / most;
  return (rows + tiles - 1) / tiles;
}

// Of each step but the last, for `count` things in steps of at most `most`, of which every thread gets as many.
constexpr std::int64_t even_step(std::int64_t count, std::int64_t most, std::int64_t threads) {
  const std::int64_t rounds = (count + most * threads - 1) / (most * threads), steps = rounds * threads;
  return steps == 0 ? 1 : (count + steps - 1) / steps;
}

}  // namespace genre::linalg
