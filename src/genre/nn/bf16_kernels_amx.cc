#include "genre/nn/bf16_kernels_inline.h"

#if defined(__AMX_BF16__) && defined(__AVX512BW__)
#include "genre/nn/amx_product_inline.h"

namespace genre::nn {
namespace {

// tdpbf16ps adds the products of pairs to floats.
struct Bf16Dots {
  static inline __attribute__((always_inline)) void first_rows() {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
  }
  static inline __attribute__((always_inline)) void second_rows() {
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
};

void multiply(const void* x, std::int64_t depth, const std::uint16_t* panel, const ProductTile& tile) {
  using Floats = linalg::VectorOf<float, 64>::Type;
  configure_tiles(TileShapes::kWhole);
  multiply_tiles<Bf16Dots>(x, 2 * depth, panel, tile.rows, [&](int r, const char* sums) {
    const auto* const row = reinterpret_cast<const float*>(sums);
    Floats both[2] = {linalg::load<float, 64>(row), linalg::load<float, 64>(row + kTileRows)};
    finish_row<64, 2>(tile, r, both);
  });
}

}  // namespace

const Bf16Kernels* amx_bf16_kernels() {
  static constexpr Bf16Kernels kKernels = {"amx", kAmxColumns, kTileBytes / 2, &round_to_bf16<64>, &multiply};
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const Bf16Kernels* amx_bf16_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
