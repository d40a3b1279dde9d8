// The innermost loops of products with quantised weights, one set for each instruction set. Private to nn.
#pragma once

#include <cstddef>
#include <cstdint>

namespace genre::nn {

inline constexpr std::int64_t kBlock = 32;      // elements that share a scale
inline constexpr std::int64_t kPanelRows = 16;  // rows of a weight that lie interleaved

// How a panel keeps its weights w: d q with 8 bits, d (q - 8) with 4, d q + m with 4.
enum class PanelKind { k8Bit, k4Bit, k4BitMinimum };
inline constexpr int kPanelKinds = 3;

// A panel is one panel block for every 32 inputs: integers, then 16 scales d, then 16 minima m where there are some,
// both in half precision. Quad j of a row is its elements 4j to 4j + 3. With 8 bits vector j < 8 (64 bytes) holds
// quad j of the 16 rows; with 4 bits vector j < 4 holds quad j in its low and quad j + 4 in its high nibbles.
constexpr std::int64_t integer_bytes(PanelKind kind) {
  return kPanelRows * kBlock / (kind == PanelKind::k8Bit ? 1 : 2);
}
constexpr std::int64_t panel_block_bytes(PanelKind kind) {
  return integer_bytes(kind) + kPanelRows * 2 * (kind == PanelKind::k4BitMinimum ? 2 : 1);
}

// 32 activations as integers of [-127, 127] times a scale.
struct alignas(16) ActivationBlock {
  std::int8_t values[kBlock];
  float scale;       // largest absolute value / 127
  float scaled_sum;  // scale * sum
  std::int32_t sum;  // of the values
  std::int32_t unused;
};

struct BlockKernels {
  // out[b * stride] = block b of a row of activations; rounds to nearest even.
  using Quantise = void (*)(const float* x, std::int64_t blocks, ActivationBlock* out, std::int64_t stride);
  // The outputs of one panel for t rows of activations of `blocks` blocks each: y[i * ldy + r] for row r < rows of the
  // panel. Activations lie in groups of `group` rows, the last one of fewer: the first blocks of its rows, the second
  // blocks, and so on; kBlocksBehind more are read, whatever they are. A row's result does not depend on the others.
  using Product = void (*)(const std::byte* panel, std::int64_t blocks, const ActivationBlock* x, std::int64_t t,
                           float* y, std::int64_t ldy, int rows);
  const char* name;
  int group;  // divides kGroupMultiple
  Quantise quantise;
  Product product[kPanelKinds];
};
inline constexpr std::int64_t kGroupMultiple = 48, kBlocksBehind = 15;

const BlockKernels* portable_block_kernels();
const BlockKernels* avx2_block_kernels();        // null where the compiler has no such target
const BlockKernels* avxvnni_block_kernels();     // likewise
const BlockKernels* avx512vnni_block_kernels();  // likewise
const BlockKernels* amx_block_kernels();         // likewise

}  // namespace genre::nn
