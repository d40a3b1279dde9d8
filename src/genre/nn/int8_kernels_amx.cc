#include "genre/nn/int8_kernels_inline.h"

#if defined(__AMX_INT8__) && defined(__AVX512BW__)
#include "genre/nn/amx_product_inline.h"

namespace genre::nn {
namespace {

// tdpbusd multiplies unsigned by signed bytes and adds fours to 32 bits.
struct ByteDots {
  static inline __attribute__((always_inline)) void first_rows() {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
  }
  static inline __attribute__((always_inline)) void second_rows() {
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
};

void multiply(const std::uint8_t* q, const QuantisedRow* rows, std::int64_t depth, const Int8Panel& panel,
              const ProductTile& tile) {
  using Ints = linalg::VectorOf<std::int32_t, 64>::Type;
  configure_tiles(TileShapes::kWhole);
  multiply_tiles<ByteDots>(q, depth, panel.weights, tile.rows, [&](int r, const char* sums) {
    const auto* const row = reinterpret_cast<const std::int32_t*>(sums);
    const Ints both[2] = {linalg::load<std::int32_t, 64>(row), linalg::load<std::int32_t, 64>(row + kTileRows)};
    finish_int8_row<64, 2>(tile, r, rows[r], panel, both);
  });
}

}  // namespace

const Int8Kernels* amx_int8_kernels() {
  static constexpr Int8Kernels kKernels = {"amx", kAmxColumns, kTileBytes, &quantise_row<64>, &multiply};
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const Int8Kernels* amx_int8_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
