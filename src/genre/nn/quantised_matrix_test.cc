#include "genre/nn/quantised_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/nn/block_kernel_sets.h"
#include "genre/nn/blocks.h"

namespace genre::nn {
namespace {

constexpr BlockFormat kIntegers[] = {BlockFormat::kQ8_0, BlockFormat::kQ4_0, BlockFormat::kQ4_1};

std::vector<float> random_floats(std::int64_t n, std::uint64_t seed) {
  RandomStream random(seed, "quantised_matrix_test");
  std::vector<float> out(n);
  for (float& value : out) value = static_cast<float>(random.normal());
  return out;
}

// Every integer occurs, -128 too, which no writer makes.
std::vector<std::byte> random_bytes(BlockFormat format, std::int64_t elements, std::uint64_t seed) {
  RandomStream random(seed, "quantised_matrix_test bytes");
  const BlockShape shape = block_shape(format);
  std::vector<std::byte> out(elements / shape.elements * shape.bytes);
  for (std::byte& byte : out) byte = static_cast<std::byte>(random.below(256));
  for (std::size_t at = 0; at < out.size(); at += shape.bytes) {
    for (int s = 0; s < (format == BlockFormat::kQ4_1 ? 2 : 1); ++s) {
      const std::uint16_t bits = to_half(static_cast<float>(random.normal()));
      std::memcpy(out.data() + at + 2 * s, &bits, 2);
    }
  }
  return out;
}

std::vector<float> decoded(BlockFormat format, const std::vector<std::byte>& bytes, std::int64_t elements) {
  std::vector<float> out(elements);
  dequantise(format, bytes, out);
  return out;
}

// What the products make of activations: multiples of largest / 127 in blocks of 32.
std::vector<float> rounded(std::vector<float> x) {
  for (std::size_t b = 0; b < x.size(); b += kBlock) {
    float largest = 0;
    for (int i = 0; i < kBlock; ++i) largest = std::max(largest, std::abs(x[b + i]));
    if (largest == 0) continue;
    for (int i = 0; i < kBlock; ++i) x[b + i] = std::nearbyint(x[b + i] * (127 / largest)) * (largest / 127);
  }
  return x;
}

// Double sums over both sides as floats; the bound is that of float sums.
void expect_product(const std::vector<float>& w, const std::vector<float>& x, const std::vector<float>& y,
                    std::int64_t t, std::int64_t n, std::int64_t k, const char* what) {
  const std::vector<float> xs = rounded(x);
  for (std::int64_t i = 0; i < t; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0, size = 0;
      for (std::int64_t l = 0; l < k; ++l) {
        const double term = double{xs[i * k + l]} * double{w[j * k + l]};
        sum += term;
        size += std::abs(term);
      }
      ASSERT_NEAR(y[i * n + j], sum, 1e-5 * size + 1e-30) << what << " t " << t << " n " << n << " k " << k;
    }
  }
}

TEST(QuantisedMatrix, EqualsTheProductOfBothSidesDequantised) {
  RandomStream random(1, "shapes");
  for (int round = 0; round < 90; ++round) {
    const BlockFormat format = kIntegers[round % 3];
    const auto t = static_cast<std::int64_t>(1 + random.below(33)), n = static_cast<std::int64_t>(1 + random.below(70)),
               k = static_cast<std::int64_t>(32 * (1 + random.below(12)));
    const std::vector<std::byte> bytes = random_bytes(format, n * k, round);
    const QuantisedMatrix w = QuantisedMatrix::pack(format, n, k, bytes);
    const std::vector<float> x = random_floats(t * k, round);
    std::vector<float> y(t * n);
    w.multiply(x.data(), t, k, y.data(), n);
    expect_product(decoded(format, bytes, n * k), x, y, t, n, k, block_format_name(format).data());
  }
}

TEST(QuantisedMatrix, EveryKernelSetOfThisProcessorEqualsThePortableOne) {
  for (const auto& [needs, set] : runnable_block_kernels()) {
    RandomStream random(2, "kernels");
    for (int round = 0; round < 60; ++round) {
      const std::int64_t blocks = static_cast<std::int64_t>(1 + random.below(20)),
                         t = static_cast<std::int64_t>(1 + random.below(40));
      const int rows = static_cast<int>(1 + random.below(kPanelRows));
      const std::vector<float> x = random_floats(t * blocks * kBlock, round);
      std::vector<ActivationBlock> grouped(t * blocks + kBlocksBehind), plain(t * blocks + kBlocksBehind);
      for (std::int64_t i = 0; i < t; ++i) {
        const float* const row = x.data() + i * blocks * kBlock;
        const std::int64_t first = i / set->group * set->group, stride = std::min<std::int64_t>(set->group, t - first);
        ActivationBlock* const from = grouped.data() + first * blocks + i - first;
        ActivationBlock* const expected = plain.data() + i * blocks;
        set->quantise(row, blocks, from, stride);
        portable_block_kernels()->quantise(row, blocks, expected, 1);
        for (std::int64_t b = 0; b < blocks; ++b) {
          ASSERT_TRUE(std::ranges::equal(from[b * stride].values, expected[b].values)) << set->name;
          ASSERT_EQ(from[b * stride].scale, expected[b].scale);
          ASSERT_EQ(from[b * stride].sum, expected[b].sum);
          ASSERT_EQ(from[b * stride].scaled_sum, expected[b].scaled_sum);
        }
      }
      const PanelKind kind = static_cast<PanelKind>(round % kPanelKinds);
      std::vector<std::byte> panel(blocks * panel_block_bytes(kind));
      for (std::byte& byte : panel) byte = static_cast<std::byte>(random.below(256));
      for (std::int64_t b = 0; b < blocks; ++b) {
        for (std::int64_t at = integer_bytes(kind); at < panel_block_bytes(kind); at += 2) {
          const std::uint16_t bits = to_half(static_cast<float>(random.uniform()));
          std::memcpy(panel.data() + b * panel_block_bytes(kind) + at, &bits, 2);
        }
      }
      std::vector<float> y(t * 20, 7), expected(t * 20, 7);
      set->product[round % kPanelKinds](panel.data(), blocks, grouped.data(), t, y.data(), 20, rows);
      portable_block_kernels()->product[round % kPanelKinds](panel.data(), blocks, plain.data(), t, expected.data(), 20,
                                                             rows);
      for (std::int64_t i = 0; i < t * 20; ++i)
        ASSERT_NEAR(y[i], expected[i], 2e-2) << set->name << " of sums near 1e4, at " << i;
    }
  }
}

TEST(QuantisedMatrix, ARowHasTheSameBitsAloneAndAmongOthers) {
  const std::int64_t t = 300, n = 53, k = 96;  // more rows than a chunk
  for (const BlockFormat format : kIntegers) {
    const QuantisedMatrix w = QuantisedMatrix::pack(format, n, k, random_bytes(format, n * k, 5));
    const std::vector<float> x = random_floats(t * k, 6);
    std::vector<float> together(t * n), alone(n), inside(t * n);
    w.multiply(x.data(), t, k, together.data(), n);
    for (std::int64_t i = 0; i < t; ++i) {
      w.multiply(x.data() + i * k, 1, k, alone.data(), n);
      ASSERT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + i * n)) << i;
    }
    // A product inside the body of a loop runs in one thread.
    global_pool().parallel_for(1, 1,
                               [&](std::size_t, std::size_t, int) { w.multiply(x.data(), t, k, inside.data(), n); });
    EXPECT_EQ(together, inside);
  }
}

TEST(QuantisedMatrix, StridesLeaveWhatLiesBetweenAlone) {
  const std::int64_t t = 5, n = 17, k = 64;
  const std::vector<std::byte> bytes = random_bytes(BlockFormat::kQ4_1, n * k, 7);
  const QuantisedMatrix w = QuantisedMatrix::pack(BlockFormat::kQ4_1, n, k, bytes);
  const std::vector<float> x = random_floats(t * (k + 3), 8);
  std::vector<float> y(t * (n + 2), -1), dense(n);
  w.multiply(x.data(), t, k + 3, y.data(), n + 2);
  for (std::int64_t i = 0; i < t; ++i) {
    w.multiply(x.data() + i * (k + 3), 1, k, dense.data(), n);
    EXPECT_TRUE(std::equal(dense.begin(), dense.end(), y.begin() + i * (n + 2)));
    EXPECT_EQ(y[i * (n + 2) + n], -1);
    EXPECT_EQ(y[i * (n + 2) + n + 1], -1);
  }
}

TEST(QuantisedMatrix, RowsComeBackAsTheyWereStored) {
  const std::int64_t n = 19, k = 256;
  for (const BlockFormat format : kIntegers) {
    const std::vector<std::byte> bytes = random_bytes(format, n * k, 9);
    const QuantisedMatrix w = QuantisedMatrix::pack(format, n, k, bytes);
    const std::vector<float> all = decoded(format, bytes, n * k);
    std::vector<float> row(k);
    for (std::int64_t r = 0; r < n; ++r) {
      w.dequantise_row(r, row);
      EXPECT_TRUE(std::equal(row.begin(), row.end(), all.begin() + r * k)) << block_format_name(format) << " " << r;
    }
  }
}

TEST(QuantisedMatrix, OtherFormatsBecomeBlocksOf8Bits) {
  const std::int64_t n = 21, k = 512, t = 3;
  const std::vector<float> weights = random_floats(n * k, 10), x = random_floats(t * k, 11);
  for (const BlockFormat format :
       {BlockFormat::kF32, BlockFormat::kF16, BlockFormat::kBF16, BlockFormat::kQ4_K, BlockFormat::kQ6_K}) {
    std::vector<std::byte> bytes(n * k / block_shape(format).elements * block_shape(format).bytes);
    quantise(format, weights, bytes);
    const QuantisedMatrix w = QuantisedMatrix::pack(format, n, k, bytes);
    const std::vector<float> stored = decoded(format, bytes, n * k);
    std::vector<float> kept(n * k), y(t * n);
    for (std::int64_t r = 0; r < n; ++r) w.dequantise_row(r, std::span(kept).subspan(r * k, k));
    for (std::int64_t i = 0; i < n * k; ++i)  // half a step of 8 bits; the largest of a block is below 6
      ASSERT_NEAR(kept[i], stored[i], 0.51 * 6 / 127) << block_format_name(format);
    w.multiply(x.data(), t, k, y.data(), n);
    expect_product(kept, x, y, t, n, k, block_format_name(format).data());
  }
}

TEST(QuantisedMatrix, ZeroActivationsGiveZerosAndNoRowsNothing) {
  const QuantisedMatrix w =
      QuantisedMatrix::pack(BlockFormat::kQ4_1, 16, 32, random_bytes(BlockFormat::kQ4_1, 16 * 32, 12));
  const std::vector<float> x(32, 0.0f);
  std::vector<float> y(16, 1.0f);
  w.multiply(x.data(), 0, 32, y.data(), 16);
  EXPECT_EQ(y, std::vector<float>(16, 1.0f));
  w.multiply(x.data(), 1, 32, y.data(), 16);
  EXPECT_EQ(y, std::vector<float>(16, 0.0f));
}

TEST(QuantisedMatrix, RefusesShapesThatDoNotFitTheBytes) {
  const std::vector<std::byte> bytes(18 * 4);
  EXPECT_NO_THROW(QuantisedMatrix::pack(BlockFormat::kQ4_0, 2, 64, bytes));
  EXPECT_THROW(QuantisedMatrix::pack(BlockFormat::kQ4_0, 3, 64, bytes), Error);
  EXPECT_THROW(QuantisedMatrix::pack(BlockFormat::kQ4_0, 2, 65, bytes), Error);
  EXPECT_THROW(QuantisedMatrix::pack(BlockFormat::kQ4_0, 1, 64, bytes), Error);
  EXPECT_THROW(QuantisedMatrix::pack(BlockFormat::kQ4_0, -2, 64, bytes), Error);
  EXPECT_THROW(QuantisedMatrix::pack(BlockFormat::kF32, 1, 33, std::vector<std::byte>(132)), Error);
  EXPECT_THROW(QuantisedMatrix::pack(BlockFormat::kQ6_K, 1, 64, bytes), Error);
}

}  // namespace
}  // namespace genre::nn
