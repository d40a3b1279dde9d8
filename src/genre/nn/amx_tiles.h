// The tile registers of AMX. Private to nn.
#pragma once

#include <cstddef>

namespace genre::nn {

inline constexpr int kTileRows = 16, kTileBytes = 64;  // of a whole tile

enum class TileShapes {
  kWhole,   // every tile is whole
  kBlocks,  // tiles 4 and 5 have rows of 32 bytes, 6 and 7 have 8 rows: one block of the quantised formats
};

// Gives the calling thread's tiles these shapes; costs nothing where they have them.
void configure_tiles(TileShapes shapes);

// Memory of the calling thread from the beginning of a cache line on, until its next call.
void* tile_memory(std::size_t bytes);

}  // namespace genre::nn
