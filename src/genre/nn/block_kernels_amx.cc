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

constexpr int kFewRows = 4;  // for which vectors are faster than tiles

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

// The dot products of a block: 16 rows of activations, whatever the last of them are, by 16 of the panel.
inline __attribute__((always_inline)) void multiply_block(const PlainBlock& block, const ActivationBlock* x,
                                                          std::int32_t (*dots)[kPanelRows]) {
  _tile_zero(0);
  _tile_loadd(1, x, sizeof(ActivationBlock));
  _tile_loadd(2, block.quads, kTileBytes);
  _tile_dpbssd(0, 1, 2);
  _tile_stored(0, dots, kTileBytes);
}

// A group of `count` rows of activations. Floats meet in the order of block_tile, so that the bits are the same.
template <PanelKind Kind>
void multiply_group(const PlainBlock* panel, std::int64_t blocks, const ActivationBlock* x, int count, float* y,
                    std::int64_t ldy, int rows) {
  alignas(64) std::int32_t dots[2][kTileRows][kPanelRows];  // of this block and of the next one, which tiles work on
  Amx::Floats total[kTileRows];
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) total[i] = Amx::broadcast(0);
  if (blocks > 0) multiply_block(panel[0], x, dots[0]);
  for (std::int64_t b = 0; b < blocks; ++b, x += count) {
    if (b + 1 < blocks) multiply_block(panel[b + 1], x + count, dots[(b + 1) % 2]);
    const auto scale = Amx::load_floats(panel[b].scales);
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
      const auto dot = Amx::to_floats(_mm512_load_si512(dots[b % 2][i]));
      total[i] = Amx::fused(dot, Amx::multiply(scale, Amx::broadcast(x[i].scale)), total[i]);
    }
    if constexpr (Kind == PanelKind::k4BitMinimum) {
      const auto minimum = Amx::load_floats(panel[b].minima);
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) total[i] = Amx::fused(minimum, Amx::broadcast(x[i].scaled_sum), total[i]);
    }
  }
  const auto wanted = static_cast<__mmask16>((1U << rows) - 1);
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i)
    if (i < count) _mm512_mask_storeu_ps(y + i * ldy, wanted, total[i]);
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
    multiply_group<Kind>(plain, blocks, x, static_cast<int>(t < kTileRows ? t : kTileRows), y, ldy, rows);
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
