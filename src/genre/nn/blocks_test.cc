#include "genre/nn/blocks.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "genre/base/random.h"
#include "genre/base/safetensors.h"

namespace genre::nn {
namespace {

const SafetensorsFile& golden() {
  static const SafetensorsFile file(std::string(GENRE_SOURCE_DIR) + "/tests/golden/blocks.safetensors");
  return file;
}

constexpr BlockFormat kAll[] = {BlockFormat::kF32,  BlockFormat::kF16,  BlockFormat::kBF16, BlockFormat::kQ8_0,
                                BlockFormat::kQ4_0, BlockFormat::kQ4_1, BlockFormat::kQ4_K, BlockFormat::kQ6_K};

std::vector<float> there_and_back(BlockFormat format, const std::vector<float>& values) {
  const BlockShape shape = block_shape(format);
  std::vector<std::byte> bytes(values.size() / shape.elements * shape.bytes);
  quantise(format, values, bytes);
  std::vector<float> out(values.size());
  dequantise(format, bytes, out);
  return out;
}

}  // namespace

TEST(Blocks, AreReadAsTheReferenceReadsThem) {
  for (const BlockFormat format : kAll) {
    if (format == BlockFormat::kF32) continue;
    const std::string name(block_format_name(format));
    const auto bytes = golden().values<std::uint8_t>(name + ".read");
    const auto wanted = golden().values<float>(name + ".elements");
    std::vector<float> found(wanted.size());
    dequantise(format, std::as_bytes(bytes), found);
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_EQ(std::bit_cast<std::uint32_t>(found[i]), std::bit_cast<std::uint32_t>(wanted[i])) << name << " " << i;
  }
}

TEST(Blocks, AreWrittenAsTheReferenceWritesThem) {
  const auto values = golden().values<float>("values");
  for (const BlockFormat format :
       {BlockFormat::kF16, BlockFormat::kBF16, BlockFormat::kQ8_0, BlockFormat::kQ4_0, BlockFormat::kQ4_1}) {
    const std::string name(block_format_name(format));
    const auto wanted = golden().values<std::uint8_t>(name + ".written");
    std::vector<std::byte> found(wanted.size());
    quantise(format, values, found);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(static_cast<int>(found[i]), wanted[i]) << name << " " << i;
  }
}

TEST(Blocks, KeepRandomElementsWithinHalfAStep) {
  RandomStream random(7, "blocks");
  std::vector<float> values(1024);
  for (auto& v : values) v = static_cast<float>(random.uniform() * 2 - 1);
  // Elements in (-1, 1): the step of each format, with room for scales that are rounded themselves.
  const std::pair<BlockFormat, float> steps[] = {{BlockFormat::kF32, 0.0f},       {BlockFormat::kF16, 0x1p-11f},
                                                 {BlockFormat::kBF16, 0x1p-8f},   {BlockFormat::kQ8_0, 1 / 127.0f},
                                                 {BlockFormat::kQ4_0, 2 / 8.0f},  {BlockFormat::kQ4_1, 2 / 15.0f},
                                                 {BlockFormat::kQ4_K, 2.2f / 15}, {BlockFormat::kQ6_K, 2 / 32.0f}};
  for (const auto& [format, step] : steps) {
    const auto found = there_and_back(format, values);
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_LE(std::abs(found[i] - values[i]), 0.54f * step) << block_format_name(format) << " " << i;
  }
}

TEST(Blocks, OfZerosAndOfOneValueAreExact) {
  for (const BlockFormat format : kAll) {
    EXPECT_EQ(there_and_back(format, std::vector<float>(256, 0.0f)), std::vector<float>(256, 0.0f));
    for (const float v : {-0.5f, 0.5f})
      for (const float found : there_and_back(format, std::vector<float>(256, v)))
        EXPECT_NEAR(found, v, 2e-3) << block_format_name(format);
  }
}

// Their scales underflow, and the inverse of a denormal one is infinite.
TEST(Blocks, OfTheSmallestNumbersBecomeZeros) {
  std::vector<float> values(256);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::numeric_limits<float>::denorm_min() * static_cast<float>(static_cast<int>(i % 7) - 3);
  for (const BlockFormat format : kAll)
    for (const float value : there_and_back(format, values))
      EXPECT_LE(std::abs(value), 3 * std::numeric_limits<float>::denorm_min()) << block_format_name(format);
}

TEST(Halves, GoThereAndBack) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = from_half(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(from_half(to_half(value))));
    } else {
      EXPECT_EQ(to_half(value), bits);
    }
  }
}

TEST(Halves, RoundToNearestEven) {
  EXPECT_EQ(to_half(1 + 0x1p-11f), to_half(1));
  EXPECT_EQ(to_half(1 + 3 * 0x1p-11f), to_half(1 + 0x1p-9f));
  EXPECT_EQ(to_half(std::nextafter(1 + 0x1p-11f, 2.0f)), to_half(1 + 0x1p-10f));
  EXPECT_EQ(to_half(0x1p-25f), 0);
  EXPECT_EQ(to_half(0x1.8p-24f), 2);
  EXPECT_EQ(to_half(65519.0f), 0x7BFF);
  EXPECT_EQ(to_half(65520.0f), 0x7C00);
  EXPECT_EQ(to_half(-std::numeric_limits<float>::infinity()), 0xFC00);
  EXPECT_EQ(to_bfloat(1 + 0x1p-8f), to_bfloat(1));
  EXPECT_EQ(to_bfloat(1 + 3 * 0x1p-8f), to_bfloat(1 + 0x1p-6f));
  EXPECT_TRUE(std::isnan(from_bfloat(to_bfloat(std::numeric_limits<float>::quiet_NaN()))));
}

}  // namespace genre::nn
