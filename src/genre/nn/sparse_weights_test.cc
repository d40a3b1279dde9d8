#include "genre/nn/sparse_weights.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/random.h"

namespace genre::nn {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols) {
  RandomStream random(7, "sparse weights");
  Matrix out(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (auto& v : out.row(r)) v = static_cast<float>(random.normal());
  return out;
}

}  // namespace

TEST(SparseWeights, TwoOfFourKeepsTheTwoGreatestOfEachFour) {
  const Matrix weight = random_matrix(5, 24);
  std::vector<float> scale(24);
  for (int k = 0; k < 24; ++k) scale[k] = static_cast<float>(1 + k % 3);
  for (const auto& scales : {std::vector<float>(), scale}) {
    const TwoFourWeights kept = keep_two_of_four(weight, scales);
    EXPECT_TRUE(well_formed(kept));
    const Matrix found = dense(kept);
    for (std::int64_t n = 0; n < 5; ++n)
      for (std::int64_t k = 0; k < 24; ++k) {
        int greater = 0;
        const auto size = [&](std::int64_t i) { return std::abs(weight.row(n)[i]) * (scales.empty() ? 1 : scales[i]); };
        for (std::int64_t i = k / 4 * 4; i < k / 4 * 4 + 4; ++i) greater += size(i) > size(k);
        EXPECT_EQ(found.row(n)[k], greater < 2 ? weight.row(n)[k] : 0) << n << ' ' << k;
      }
  }
}

TEST(SparseWeights, BlocksThatStayAreTheGreatest) {
  const Matrix weight = random_matrix(12, 20);
  const BlockWeights kept = keep_blocks(weight, 0.4);
  EXPECT_TRUE(well_formed(kept));
  EXPECT_EQ(std::ssize(kept.columns), 6);
  const Matrix found = dense(kept);
  double least = 1e9, most = 0;  // squares of blocks that stayed and that went
  for (std::int64_t n = 0; n < 12; n += 4)
    for (std::int64_t k = 0; k < 20; k += 4) {
      double there = 0, size = 0;
      for (std::int64_t i = n; i < n + 4; ++i)
        for (std::int64_t j = k; j < k + 4; ++j) {
          size += double{weight.row(i)[j]} * weight.row(i)[j];
          there += double{found.row(i)[j]} * found.row(i)[j];
        }
      if (there > 0) {
        EXPECT_EQ(there, size);
      }
      (there > 0 ? least : most) = there > 0 ? std::min(least, size) : std::max(most, size);
    }
  EXPECT_GT(least, most);
  const Matrix all = dense(keep_blocks(weight, 1));
  EXPECT_TRUE(std::ranges::equal(all.values(), weight.values()));
}

TEST(SparseWeights, WhatIsNotAsPromisedIsFoundOut) {
  const Matrix weight = random_matrix(8, 16);
  const TwoFourWeights good = keep_two_of_four(weight);
  for (const int places : {0, 1, 0x50, 0xFF}) {
    TwoFourWeights bad = good;
    bad.places[3] = static_cast<std::uint8_t>(places);
    EXPECT_FALSE(well_formed(bad)) << places;
  }
  TwoFourWeights few = good;
  few.values.pop_back();
  EXPECT_FALSE(well_formed(few));
  const BlockWeights blocks = keep_blocks(weight, 0.5);
  const auto damaged = [&](auto change) {
    BlockWeights bad = blocks;
    change(bad);
    return bad;
  };
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.columns[0] = 4; })));
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.columns[0] = -1; })));
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.starts[0] = 1; })));
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.starts.back() = 3; })));
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.starts[1] = 100; })));
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.starts[1] = -1; })));
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.starts.pop_back(); })));
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.values.pop_back(); })));
  EXPECT_FALSE(well_formed(damaged([](auto& w) { w.rows = 16; })));
}

}  // namespace genre::nn
