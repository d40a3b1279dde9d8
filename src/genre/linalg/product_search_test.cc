#include "genre/linalg/product_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "genre/base/random.h"
#include "genre/linalg/gemm.h"

namespace genre {
namespace {

Matrix random_rows(std::int64_t rows, std::int64_t depth, RandomStream& random) {
  Matrix out(rows, depth);
  for (std::int64_t r = 0; r < rows; ++r)
    for (float& x : out.row(r)) x = static_cast<float>(random.normal());
  return out;
}

std::vector<ScoredIndex> by_all_products(const Matrix& rows, std::span<const float> x, std::span<const float> offsets,
                                         const RankOptions& options) {
  std::vector<float> scores(rows.rows());
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    scores[r] = dot(x.data(), rows.row(r).data(), rows.cols());
    if (!offsets.empty()) scores[r] += offsets[r];
    if (!options.eligible.empty() && options.eligible[r] == 0) scores[r] = kMasked;
  }
  for (const std::int32_t row : options.exclude) scores[row] = kMasked;
  return top_k(scores, options.k);
}

}  // namespace

TEST(ProductSearch, FindsWhatAllProductsFind) {
  RandomStream random(1, "product_search_test");
  for (int round = 0; round < 120; ++round) {
    const auto count = static_cast<std::int64_t>(1 + random.below(3000)),
               depth = static_cast<std::int64_t>(1 + random.below(100));
    Matrix rows = random_rows(count, depth, random);
    for (std::int64_t r = 0; r < count; ++r) {
      const auto size = static_cast<float>(std::exp(3 * random.normal()));  // rows of very different lengths
      for (float& x : rows.row(r)) x *= size;
      if (random.below(10) == 0) std::ranges::fill(rows.row(r), 0.0f);
      if (r > 0 && random.below(10) == 0) std::ranges::copy(std::as_const(rows).row(r - 1), rows.row(r).data());
    }
    std::vector<float> x(depth), offsets;
    for (float& one : x) one = static_cast<float>(random.normal());
    if (round % 3 == 0)
      for (std::int64_t r = 0; r < count; ++r) offsets.push_back(static_cast<float>(100 * random.normal()));
    std::vector<std::int32_t> exclude;
    for (int n = 0; n < 20; ++n)
      exclude.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(count))));
    std::vector<std::uint8_t> eligible;
    if (round % 4 == 1)
      for (std::int64_t r = 0; r < count; ++r) eligible.push_back(random.below(20) == 0 ? 1 : 0);
    const RankOptions options{static_cast<int>(random.below(60)), exclude, eligible};
    const ProductSearch search(rows);
    ASSERT_EQ(search.best(rows, x, offsets, options), by_all_products(rows, x, offsets, options)) << "round " << round;
  }
}

TEST(ProductSearch, TellsRowsApartThatHaveTheSameCodes) {
  // Every row is the first but for less than a code's worth in one place.
  RandomStream random(2, "product_search_test");
  Matrix rows = random_rows(500, 16, random);
  for (std::int64_t r = 1; r < rows.rows(); ++r) {
    std::ranges::copy(std::as_const(rows).row(0), rows.row(r).data());
    rows.row(r)[3] += 1e-5f * static_cast<float>(r * 7919 % 500);
  }
  std::vector<float> x(16, 1.0f);
  const ProductSearch search(rows);
  const auto found = search.best(rows, x, {}, {.k = 5});
  EXPECT_EQ(found, by_all_products(rows, x, {}, {.k = 5}));
  EXPECT_EQ(found.front().index * 7919 % 500, 499);
}

TEST(ProductSearch, NumbersThatHaveNoBoundsAreMultiplied) {
  RandomStream random(3, "product_search_test");
  Matrix rows = random_rows(300, 8, random);
  rows.row(7)[0] = NAN;
  rows.row(9)[1] = std::numeric_limits<float>::infinity();
  rows.row(11)[2] = 1e30f;
  rows.row(13)[2] = -1e30f;
  std::vector<float> x(8, 1.0f);
  const ProductSearch search(rows);
  auto found = search.best(rows, x, {}, {.k = 400});
  EXPECT_EQ(found, by_all_products(rows, x, {}, {.k = 400}));
  EXPECT_EQ(found.size(), 299u);  // no place for what is no number
  EXPECT_EQ(found[0].index, 9);
  EXPECT_EQ(found[1].index, 11);
  x[2] = 1e20f;
  EXPECT_EQ(search.best(rows, x, {}, {.k = 10}), by_all_products(rows, x, {}, {.k = 10}));
  x[2] = NAN;
  EXPECT_TRUE(search.best(rows, x, {}, {.k = 10}).empty());
}

TEST(ProductSearch, WhatIsAllAlikeIsInTheOrderOfRows) {
  RandomStream random(4, "product_search_test");
  const Matrix rows = random_rows(400, 8, random), zeros(400, 8);
  const std::vector<ScoredIndex> first = {{0, 0}, {1, 0}, {3, 0}};
  const std::vector<std::int32_t> exclude = {2};
  EXPECT_EQ(ProductSearch(rows).best(rows, std::vector<float>(8), {}, {3, exclude}), first);
  EXPECT_EQ(ProductSearch(zeros).best(zeros, std::vector<float>(8, 1.0f), {}, {3, exclude}), first);
}

TEST(ProductSearch, RowsThatAreLeftOutAreInNoAnswer) {
  RandomStream random(5, "product_search_test");
  const Matrix rows = random_rows(300, 8, random);
  const std::vector<float> x(8, 1.0f);
  const std::vector<std::int32_t> first = {by_all_products(rows, x, {}, {1}).front().index, 7};
  EXPECT_EQ(ProductSearch(rows, first).best(rows, x, {}, {.k = 300}), by_all_products(rows, x, {}, {300, first}));
}

TEST(ProductSearch, NoRowsGiveNoAnswer) {
  const Matrix none(0, 4);
  EXPECT_TRUE(ProductSearch(none).best(none, std::vector<float>(4, 1.0f), {}, {.k = 3}).empty());
}

}  // namespace genre
