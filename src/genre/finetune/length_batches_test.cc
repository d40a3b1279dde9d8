#include "genre/finetune/length_batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace genre {
namespace {

std::vector<std::int32_t> lengths(std::size_t count) {
  std::vector<std::int32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>(5 + i * 7919 % 61);
  return out;
}

std::vector<std::int64_t> all(const std::vector<std::vector<std::int64_t>>& batches) {
  std::vector<std::int64_t> out;
  for (const auto& batch : batches) out.insert(out.end(), batch.begin(), batch.end());
  std::ranges::sort(out);
  return out;
}

std::int64_t padded_tokens(const std::vector<std::vector<std::int64_t>>& batches, std::span<const std::int32_t> of) {
  std::int64_t sum = 0;
  for (const auto& batch : batches) {
    std::int32_t longest = 0;
    for (const auto i : batch) longest = std::max(longest, of[i]);
    sum += longest * static_cast<std::int64_t>(batch.size());
  }
  return sum;
}

TEST(LengthBatches, HoldEveryExampleOnce) {
  for (const std::size_t count : {1u, 15u, 16u, 17u, 1000u}) {
    const auto of = lengths(count);
    std::vector<std::int64_t> wanted(count);
    std::iota(wanted.begin(), wanted.end(), 0);
    EXPECT_EQ(all(length_batches(of, 16, 7, 0)), wanted);
    EXPECT_EQ(all(sorted_batches(of, 16)), wanted);
    EXPECT_EQ(length_batches(of, 16, 7, 0).size(), (count + 15) / 16);
  }
}

TEST(LengthBatches, DependOnSeedAndEpochAlone) {
  const auto of = lengths(300);
  EXPECT_EQ(length_batches(of, 16, 7, 3), length_batches(of, 16, 7, 3));
  EXPECT_NE(length_batches(of, 16, 7, 3), length_batches(of, 16, 7, 4));
  EXPECT_NE(length_batches(of, 16, 7, 3), length_batches(of, 16, 8, 3));
}

TEST(LengthBatches, PadAtMostATenth) {
  const auto of = lengths(2000);
  const std::int64_t tokens = std::accumulate(of.begin(), of.end(), std::int64_t{0});
  EXPECT_LE(padded_tokens(length_batches(of, 16, 7, 0), of), tokens * 11 / 10);
  EXPECT_LE(padded_tokens(sorted_batches(of, 16), of), tokens * 11 / 10);
}

TEST(LengthBatches, DoNotComeInOrderOfLength) {
  const auto of = lengths(2000);
  const auto batches = length_batches(of, 16, 7, 0);
  int rising = 0;
  for (std::size_t b = 1; b < batches.size(); ++b) rising += of[batches[b].front()] > of[batches[b - 1].front()];
  EXPECT_GT(rising, 30);
  EXPECT_LT(rising, static_cast<int>(batches.size()) - 30);
}

}  // namespace
}  // namespace genre
