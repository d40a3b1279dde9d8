// How rows are shared out among the tiles of a product.
#pragma once

#include <cstdint>

namespace genre::linalg {

// Rows of each tile but the last, for `rows` > 0 rows in as few tiles of at most `most` as will do: as even as can be,
// because a tile of few rows waits for its own sums.
inline __attribute__((always_inline)) constexpr std::int64_t tile_rows(std::int64_t rows, std::int64_t most) {
  const std::int64_t tiles = (rows + most - 1) / most;
  return (rows + tiles - 1) / tiles;
}

}  // namespace genre::linalg
