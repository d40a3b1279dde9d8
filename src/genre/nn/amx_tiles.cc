#include "genre/nn/amx_tiles.h"

#include <cstdint>

#include "genre/linalg/page_allocator.h"

#if defined(__AMX_TILE__)
#include <immintrin.h>
#endif

namespace genre::nn {

void configure_tiles(TileShapes shapes) {
#if defined(__AMX_TILE__)
  struct alignas(64) Configuration {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };
  static_assert(sizeof(Configuration) == 64);
  thread_local int current = -1;
  if (current == static_cast<int>(shapes)) return;
  Configuration wanted;
  if (shapes == TileShapes::kBlocks) {
    wanted.row_bytes[4] = wanted.row_bytes[5] = 32;
    wanted.rows[6] = wanted.rows[7] = 8;
  }
  asm volatile("" : : "r"(&wanted) : "memory");  // GCC 12 takes the instruction for one that reads 8 bytes
  _tile_loadconfig(&wanted);
  current = static_cast<int>(shapes);
#else
  static_cast<void>(shapes);
#endif
}

void* tile_memory(std::size_t bytes) {
  thread_local PageVector<std::byte> memory;
  if (memory.size() < bytes) memory.resize(bytes);
  return memory.data();
}

}  // namespace genre::nn
