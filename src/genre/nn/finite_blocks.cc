#include <cstring>

#include "genre/nn/blocks.h"

namespace genre::nn {
namespace {

// Where a format keeps its floats: `count` of `size` bytes from byte `first` of each block.
struct Floats {
  std::size_t first, count, size;
  std::uint32_t exponent;  // all its bits: infinite or no number
};

Floats floats_of(BlockFormat format) {
  constexpr std::uint32_t kHalf = 0x7C00, kBfloat = 0x7F80, kSingle = 0x7F800000;
  switch (format) {
    case BlockFormat::kF32:
      return {0, 1, 4, kSingle};
    case BlockFormat::kBF16:
      return {0, 1, 2, kBfloat};
    case BlockFormat::kF16:
    case BlockFormat::kQ4_0:
    case BlockFormat::kQ8_0:
      return {0, 1, 2, kHalf};
    case BlockFormat::kQ4_1:
    case BlockFormat::kQ4_K:
      return {0, 2, 2, kHalf};
    case BlockFormat::kQ6_K:
      return {208, 1, 2, kHalf};
  }
  return {0, 0, 2, kHalf};
}

}  // namespace

bool finite(BlockFormat format, std::span<const std::byte> bytes) {
  const Floats floats = floats_of(format);
  const auto step = static_cast<std::size_t>(block_shape(format).bytes);
  for (std::size_t block = floats.first; block < bytes.size(); block += step)
    for (std::size_t i = 0; i < floats.count; ++i) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, bytes.data() + block + i * floats.size, floats.size);
      if ((bits & floats.exponent) == floats.exponent) return false;
    }
  return true;
}

}  // namespace genre::nn
