#include "genre/nn/quantised_matrix.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/nn/block_kernel_sets.h"
#include "genre/nn/blocks.h"

namespace genre::nn {
namespace {

constexpr std::int64_t kRowChunk = 3 * kGroupMultiple;  // rows of activations whose blocks stay in the L2 cache

PanelKind panel_kind(BlockFormat format) {
  return format == BlockFormat::kQ4_0   ? PanelKind::k4Bit
         : format == BlockFormat::kQ4_1 ? PanelKind::k4BitMinimum
                                        : PanelKind::k8Bit;
}

bool has_integers(BlockFormat format) {
  return format == BlockFormat::kQ8_0 || format == BlockFormat::kQ4_0 || format == BlockFormat::kQ4_1;
}

// Row r of a panel from its blocks in the file's layout: scale, minimum where there is one, integers. `to` is the
// panel.
void interleave(PanelKind kind, const std::byte* row, std::int64_t blocks, std::int64_t r, std::byte* to) {
  const std::int64_t integers = integer_bytes(kind), scales = kind == PanelKind::k4BitMinimum ? 2 : 1;
  for (std::int64_t b = 0; b < blocks; ++b, to += panel_block_bytes(kind)) {
    for (std::int64_t s = 0; s < scales; ++s, row += 2) std::memcpy(to + integers + (s * kPanelRows + r) * 2, row, 2);
    for (std::int64_t j = 0; j < integers / 64; ++j, row += 4) std::memcpy(to + 64 * j + 4 * r, row, 4);
  }
}

// The rows of activations as groups of blocks, in memory of the calling thread that later products use again.
const ActivationBlock* quantise_rows(const float* x, std::int64_t t, std::int64_t ldx, std::int64_t blocks) {
  thread_local std::vector<ActivationBlock> memory;
  const std::int64_t needed = t * blocks + kBlocksBehind;
  if (static_cast<std::int64_t>(memory.size()) < needed) memory.resize(needed);
  ActivationBlock* const out = memory.data();
  const BlockKernels& kernels = block_kernels();
  const auto body = [&](std::size_t begin, std::size_t end, int) {
    for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i) {
      const std::int64_t first = i / kernels.group * kernels.group;
      kernels.quantise(x + i * ldx, blocks, out + first * blocks + (i - first),
                       std::min<std::int64_t>(kernels.group, t - first));
    }
  };
  global_pool().parallel_for(t, kGroupMultiple, std::ref(body));
  return out;
}

}  // namespace

QuantisedMatrix QuantisedMatrix::pack(BlockFormat format, std::int64_t rows, std::int64_t cols,
                                      std::span<const std::byte> bytes) {
  const BlockShape shape = block_shape(format);
  if (rows < 0 || cols < 0 || cols % kBlock != 0 || cols % shape.elements != 0)
    throw Error(ErrorCode::kData, "a quantised weight has " + std::to_string(rows) + " x " + std::to_string(cols) +
                                      " elements; rows must be whole blocks of " +
                                      std::to_string(std::max(kBlock, shape.elements)));
  const std::int64_t row_bytes = cols / shape.elements * shape.bytes;
  if (row_bytes == 0 ? !bytes.empty()
                     : bytes.size() % row_bytes != 0 || static_cast<std::int64_t>(bytes.size() / row_bytes) != rows)
    throw Error(ErrorCode::kData, "a quantised weight of " + std::to_string(rows) + " x " + std::to_string(cols) +
                                      " in " + std::string(block_format_name(format)) + " has " +
                                      std::to_string(bytes.size()) + " bytes");
  QuantisedMatrix out;
  out.rows_ = rows;
  out.cols_ = cols;
  out.format_ = has_integers(format) ? format : BlockFormat::kQ8_0;
  const PanelKind kind = panel_kind(out.format_);
  const std::int64_t blocks = cols / kBlock, panels = (rows + kPanelRows - 1) / kPanelRows;
  const std::int64_t panel_bytes = blocks * panel_block_bytes(kind);
  out.panels_.resize(panels * panel_bytes);
  global_pool().parallel_for(panels, 8, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> elements(has_integers(format) ? 0 : cols);
    std::vector<std::byte> requantised(has_integers(format) ? 0 : blocks * block_shape(BlockFormat::kQ8_0).bytes);
    const auto last = std::min(static_cast<std::int64_t>(end) * kPanelRows, rows);
    for (auto n = static_cast<std::int64_t>(begin) * kPanelRows; n < last; ++n) {
      std::span<const std::byte> row = bytes.subspan(n * row_bytes, row_bytes);
      if (!has_integers(format)) {
        dequantise(format, row, elements);
        quantise(BlockFormat::kQ8_0, elements, requantised);
        row = requantised;
      }
      interleave(kind, row.data(), blocks, n % kPanelRows, out.panels_.data() + n / kPanelRows * panel_bytes);
    }
  });
  return out;
}

void QuantisedMatrix::dequantise_row(std::int64_t n, std::span<float> out) const {
  const PanelKind kind = panel_kind(format_);
  const std::int64_t blocks = cols_ / kBlock, r = n % kPanelRows;
  const std::byte* at = panels_.data() + n / kPanelRows * blocks * panel_block_bytes(kind);
  std::byte block[2 + 2 + kBlock];  // in the file's layout
  const std::int64_t integers = integer_bytes(kind), scales = kind == PanelKind::k4BitMinimum ? 2 : 1;
  for (std::int64_t b = 0; b < blocks; ++b, at += panel_block_bytes(kind)) {
    for (std::int64_t s = 0; s < scales; ++s) std::memcpy(block + 2 * s, at + integers + (s * kPanelRows + r) * 2, 2);
    for (std::int64_t j = 0; j < integers / 64; ++j) std::memcpy(block + 2 * scales + 4 * j, at + 64 * j + 4 * r, 4);
    dequantise(format_, {block, static_cast<std::size_t>(block_shape(format_).bytes)}, out.subspan(b * kBlock, kBlock));
  }
}

void QuantisedMatrix::multiply(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy) const {
  const PanelKind kind = panel_kind(format_);
  const std::int64_t blocks = cols_ / kBlock, panels = (rows_ + kPanelRows - 1) / kPanelRows;
  const std::int64_t panel_bytes = blocks * panel_block_bytes(kind);
  const ActivationBlock* const activations = quantise_rows(x, t, ldx, blocks);
  const auto product = block_kernels().product[static_cast<int>(kind)];
  const std::int64_t chunks = (t + kRowChunk - 1) / kRowChunk;
  // Enough tasks to share out evenly, few enough that taking them costs nothing.
  const std::int64_t grain = std::max<std::int64_t>(1, panels * chunks / (global_pool().threads() * 4));
  const auto body = [&](std::size_t begin, std::size_t end, int) {
    for (auto task = static_cast<std::int64_t>(begin); task < static_cast<std::int64_t>(end); ++task) {
      const std::int64_t p = task % panels, i = task / panels * kRowChunk;
      product(panels_.data() + p * panel_bytes, blocks, activations + i * blocks, std::min(kRowChunk, t - i),
              y + i * ldy + p * kPanelRows, ldy, static_cast<int>(std::min(kPanelRows, rows_ - p * kPanelRows)));
    }
  };
  global_pool().parallel_for(panels * chunks, grain, std::ref(body));
}

std::string_view quantised_kernel_name() { return block_kernels().name; }

}  // namespace genre::nn
