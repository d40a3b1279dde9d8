#include "genre/nn/block_kernels.h"

#if defined(__AMX_INT8__) && defined(__AVX512BW__) && defined(__AVX512VNNI__) && defined(__F16C__)
#include "genre/nn/amx_tiles.h"
#include "genre/nn/block_kernels_512.h"

namespace genre::nn {
namespace {

struct Amx : Vectors512<Amx> {
  static constexpr int kGroup = kTileRows;
  static Floats load_floats(const float* from) { return _mm512_loadu_ps(from); }
};

constexpr int kFewRows = 8;  // for which vectors are faster than tiles

// A block of a panel as tiles read it: signed bytes, quad j of the 16 rows in line j.
struct alignas(64) PlainBlock {
  std::int8_t quads[kBlock / 4][4 * kPanelRows];
  float scales[kPanelRows], minima[kPanelRows];
};

template <PanelKind Kind>
void make_plain(const std::byte* panel, std::int64_t blocks, PlainBlock* out) {
  constexpr std::int64_t kStep = panel_block_bytes(Kind), kIntegers = integer_bytes(Kind);
  const char* at = reinterpret_cast<const char*>(panel);
  for (std::int64_t b = 0; b < blocks; ++b, at += kStep, ++out) {
#pragma GCC unroll 16
    for (std::int64_t line = 0; line < kStep; line += 64) __builtin_prefetch(at + kPrefetch + line);
#pragma GCC unroll 8
    for (int j = 0; j < kIntegers / 64; ++j) {
      const auto v = Amx::load(at + 64 * j);
      if constexpr (Kind == PanelKind::k8Bit) {
        _mm512_store_si512(out->quads[j], v);
      } else {
        const auto offset = _mm512_set1_epi8(Kind == PanelKind::k4Bit ? 8 : 0);
        _mm512_store_si512(out->quads[j], _mm512_sub_epi8(Amx::low_nibbles(v), offset));
        _mm512_store_si512(out->quads[j + 4], _mm512_sub_epi8(Amx::high_nibbles(v), offset));
      }
    }
    Amx::store(out->scales, Amx::half(at + kIntegers));
    if constexpr (Kind == PanelKind::k4BitMinimum) Amx::store(out->minima, Amx::half(at + kIntegers + 2 * kPanelRows));
  }
}

using Dots = std::int32_t[kTileRows][kPanelRows];
// Blocks go through the tiles in step with the floats of those before: products of block b + 3 begin, the sums of block
// b + 1 are stored, while those of block b are added. So nobody waits for a product, nor for a store.
constexpr int kTiles = 4;

// Tile I gets the dot products of a block: 16 rows of activations, whatever the last of them are, by 16 of the panel.
template <int I>
inline __attribute__((always_inline)) void begin_block(const PlainBlock& block, const ActivationBlock* x) {
  constexpr std::int64_t kStride = sizeof(ActivationBlock);
  if constexpr (I % 2 == 0) {
    _tile_loadd(4, x, kStride);
    _tile_loadd(6, block.quads, kTileBytes);
  } else {
    _tile_loadd(5, x, kStride);
    _tile_loadd(7, block.quads, kTileBytes);
  }
  if constexpr (I == 0) {
    _tile_zero(0);
    _tile_dpbssd(0, 4, 6);
  } else if constexpr (I == 1) {
    _tile_zero(1);
    _tile_dpbssd(1, 5, 7);
  } else if constexpr (I == 2) {
    _tile_zero(2);
    _tile_dpbssd(2, 4, 6);
  } else {
    _tile_zero(3);
    _tile_dpbssd(3, 5, 7);
  }
}

template <int I>
inline __attribute__((always_inline)) void store_block(Dots* dots) {
  if constexpr (I == 0) {
    _tile_stored(0, dots[0], kTileBytes);
  } else if constexpr (I == 1) {
    _tile_stored(1, dots[1], kTileBytes);
  } else if constexpr (I == 2) {
    _tile_stored(2, dots[2], kTileBytes);
  } else {
    _tile_stored(3, dots[3], kTileBytes);
  }
}

// A group of `count` rows of activations on its way through a panel.
struct Group {
  const PlainBlock* panel;
  const ActivationBlock* x;
  int count;
  std::int64_t blocks;
};

template <int I>
inline __attribute__((always_inline)) void begin_block(const Group& group, std::int64_t b) {
  if (b < group.blocks) begin_block<I % kTiles>(group.panel[b], group.x + b * group.count);
}

// Adds block b, whose sums lie in dots[I]. Floats meet in the order of block_tile, so that the bits are the same.
template <PanelKind Kind, int I>
inline __attribute__((always_inline)) void add_block(const Group& group, std::int64_t b, Dots* dots,
                                                     Amx::Floats (&total)[kTileRows]) {
  if (b >= group.blocks) return;
  if (b + 1 < group.blocks) store_block<(I + 1) % kTiles>(dots);
  begin_block<I + 3>(group, b + 3);
  const ActivationBlock* const x = group.x + b * group.count;
  const auto scale = Amx::load_floats(group.panel[b].scales);
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
    const auto dot = Amx::to_floats(_mm512_load_si512(dots[I][i]));
    total[i] = Amx::fused(dot, Amx::multiply(scale, Amx::broadcast(x[i].scale)), total[i]);
  }
  if constexpr (Kind == PanelKind::k4BitMinimum) {
    const auto minimum = Amx::load_floats(group.panel[b].minima);
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) total[i] = Amx::fused(minimum, Amx::broadcast(x[i].scaled_sum), total[i]);
  }
}

template <PanelKind Kind>
void multiply_group(const Group& group, float* y, std::int64_t ldy, int rows) {
  alignas(64) Dots dots[kTiles];
  Amx::Floats total[kTileRows];
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) total[i] = Amx::broadcast(0);
  begin_block<0>(group, 0);
  begin_block<1>(group, 1);
  begin_block<2>(group, 2);
  if (group.blocks > 0) store_block<0>(dots);
  for (std::int64_t b = 0; b < group.blocks; b += kTiles) {
    add_block<Kind, 0>(group, b, dots, total);
    add_block<Kind, 1>(group, b + 1, dots, total);
    add_block<Kind, 2>(group, b + 2, dots, total);
    add_block<Kind, 3>(group, b + 3, dots, total);
  }
  const auto wanted = static_cast<__mmask16>((1U << rows) - 1);
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i)
    if (i < group.count) _mm512_mask_storeu_ps(y + i * ldy, wanted, total[i]);
}

template <PanelKind Kind>
void product(const std::byte* panel, std::int64_t blocks, const ActivationBlock* x, std::int64_t t, float* y,
             std::int64_t ldy, int rows) {
  const PlainBlock* plain = nullptr;
  if (t > kFewRows) {
    auto* const memory = static_cast<PlainBlock*>(tile_memory(blocks * sizeof(PlainBlock)));
    make_plain<Kind>(panel, blocks, memory);
    configure_tiles(TileShapes::kBlocks);
    plain = memory;
  }
  for (; t > kFewRows; t -= kTileRows, x += kTileRows * blocks, y += kTileRows * ldy)
    multiply_group<Kind>({plain, x, static_cast<int>(t < kTileRows ? t : kTileRows), blocks}, y, ldy, rows);
  if (t > 0) last_rows<Amx, Kind, kFewRows>(panel, blocks, x, t, y, ldy, rows);
}

}  // namespace

const BlockKernels* amx_block_kernels() {
  static constexpr BlockKernels kKernels = {
      "amx",
      Amx::kGroup,
      quantise_row<Amx>,
      {product<PanelKind::k8Bit>, product<PanelKind::k4Bit>, product<PanelKind::k4BitMinimum>}};
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const BlockKernels* amx_block_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
