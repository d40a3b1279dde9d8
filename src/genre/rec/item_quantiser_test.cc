#include "genre/rec/item_quantiser.h"

#include <gtest/gtest.h>

#include <set>

#include "genre/base/error_of_test.h"
#include "genre/rec/semantic_ids.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

ItemQuantiserOptions small_quantiser() {
  ItemQuantiserOptions options;
  options.codes = 8;
  options.factors = 8;
  options.hidden = 16;
  options.epochs = 60;
  options.batch = 32;
  options.learning_rate = 0.003;
  return options;
}

TEST(ItemQuantiser, TextsOfOneThemeShareTheirFirstCode) {
  const SmallWorld world = small_world(1, 200, 3, 4, 0, /*noise=*/0.1f);
  const QuantisedItems found = quantise_items(small_quantiser(), world.item_vectors, 7);
  int same = 0, same_of_other = 0;
  for (std::int64_t a = 0; a < 200; ++a)
    for (std::int64_t b = 0; b < a; ++b)
      (a % 4 == b % 4 ? same : same_of_other) += found.codes[a * 3] == found.codes[b * 3] ? 1 : 0;
  EXPECT_EQ(same_of_other, 0);
  EXPECT_GT(same, 1000);  // of 4900, by 8 codes for 4 themes
}

TEST(ItemQuantiser, LevelsTellTextsApart) {
  const SmallWorld world = small_world(1, 200, 3);
  const QuantisedItems found = quantise_items(small_quantiser(), world.item_vectors, 7);
  std::set<std::vector<std::int32_t>> paths;
  for (std::int64_t item = 0; item < 200; ++item)
    paths.insert({found.codes.begin() + item * 3, found.codes.begin() + item * 3 + 3});
  EXPECT_GT(paths.size(), 120u);
  for (const std::int32_t code : found.codes) EXPECT_TRUE(code >= 0 && code < 8);
}

TEST(ItemQuantiser, ItemsWithoutTextHaveNoCodes) {
  SmallWorld world = small_world(1, 40, 3);
  std::ranges::fill(world.item_vectors.row(5), 0.0f);
  const QuantisedItems found = quantise_items(small_quantiser(), world.item_vectors, 7);
  for (std::int64_t item = 0; item < 40; ++item) {
    EXPECT_EQ(found.codes[item * 3] == SemanticIds::kNone, item == 5);
    const auto row = found.vectors.row(item);
    EXPECT_EQ(std::ranges::all_of(row, [](float x) { return x == 0; }), item == 5);
  }
}

TEST(ItemQuantiser, TextsThatAreAllTheSameHaveTheSameCodes) {
  Matrix vectors(3, 4);
  vectors.row(0)[1] = vectors.row(2)[1] = 1;
  const QuantisedItems found = quantise_items(small_quantiser(), vectors, 7);
  for (int level = 0; level < 3; ++level) {
    EXPECT_EQ(found.codes[level], found.codes[6 + level]);
    EXPECT_EQ(found.codes[3 + level], SemanticIds::kNone);
  }
}

TEST(ItemQuantiser, HasNoMoreCodesThanTexts) {
  const SmallWorld world = small_world(1, 5, 3);
  const QuantisedItems found = quantise_items(small_quantiser(), world.item_vectors, 7);
  for (const std::int32_t code : found.codes) EXPECT_LT(code, 5);
}

TEST(ItemQuantiser, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(1, 100, 3);
  ItemQuantiserOptions options = small_quantiser();
  options.epochs = 3;
  const auto quantised = [&](int threads) {
    set_global_threads(threads);
    return quantise_items(options, world.item_vectors, 7);
  };
  const QuantisedItems one = quantised(1), three = quantised(3);
  set_global_threads(0);
  EXPECT_EQ(one.codes, three.codes);
  EXPECT_TRUE(std::ranges::equal(one.vectors.values(), three.vectors.values()));
}

TEST(ItemQuantiser, ATrainingThatDivergesNamesTheStep) {
  const SmallWorld world = small_world(1, 100, 3);
  ItemQuantiserOptions options = small_quantiser();
  options.learning_rate = 1e30;
  const Error error = error_of([&] { quantise_items(options, world.item_vectors, 7); });
  EXPECT_EQ(error.code(), ErrorCode::kRuntime);
  EXPECT_STREQ(error.what(), "the gradient of step 2 of the quantiser is not finite");
}

}  // namespace
}  // namespace genre
