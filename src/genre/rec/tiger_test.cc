#include "genre/rec/tiger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error_of_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TigerOptions learning_tiger() {
  TigerOptions options;
  options.factors = 16;
  options.inner = 32;
  options.length = 10;
  options.dropout = 0.1;
  options.epochs = 40;
  options.batch = 32;
  options.learning_rate = 0.01;
  options.beams = 200;
  options.quantiser.codes = 8;
  options.quantiser.factors = 8;
  options.quantiser.hidden = 16;
  options.quantiser.epochs = 40;
  options.quantiser.batch = 32;
  options.quantiser.learning_rate = 0.003;
  return options;
}

// The share of the user's theme among the ten best that are not in the history.
double share_of_theme(const Recommender& model, const SmallWorld& world, std::span<const std::uint8_t> eligible = {}) {
  double right = 0, all = 0;
  for (std::int32_t user = 0; user < world.interactions.rows; ++user) {
    const auto history = world.interactions.row_indices(user);
    for (const auto& [item, score] :
         recommend(model, {.history = history}, {.k = 10, .exclude = history, .eligible = eligible})) {
      right += item % 4 == user % 4 ? 1 : 0;
      ++all;
    }
  }
  return right / all;
}

TEST(Tiger, LearnsToPutPositivesFirst) {
  const SmallWorld world = small_world(150, 200, 3);
  Tiger model(learning_tiger());
  model.fit(world.data());
  EXPECT_GT(share_of_theme(model, world), 0.6);  // by chance a quarter and less, as the history is left out
  EXPECT_GT(auc(model, world, false), 0.6);      // by chance .5
}

TEST(Tiger, FindsItemsThatNobodyHasByTheirText) {
  const SmallWorld world = small_world(150, 200, 3, 4, /*cold=*/40, /*noise=*/0.1f);
  Tiger model(learning_tiger());
  model.fit(world.data());
  std::vector<std::uint8_t> cold(200);
  std::fill(cold.begin() + 160, cold.end(), 1);
  EXPECT_GT(share_of_theme(model, world, cold), 0.45);  // by chance a quarter
  const auto scores = scores_of(model, {.history = world.interactions.row_indices(0)});
  for (std::int32_t item = 160; item < 200; ++item) EXPECT_NE(scores[item], kMasked) << item;
}

TEST(Tiger, ANarrowBeamStillFindsAsManyAsAreAsked) {
  const SmallWorld world = small_world(60, 100, 3);
  TigerOptions options = learning_tiger();
  options.epochs = 3;
  options.beams = 5;
  Tiger model(options);
  model.fit(world.data());
  const auto history = world.interactions.row_indices(2);
  const auto scores = scores_of(model, {.history = history});
  const auto reached = std::ranges::count_if(scores, [](float score) { return score != kMasked; });
  EXPECT_GE(reached, 5);
  EXPECT_LT(reached, 100);
  for (const int k : {3, 20, 1000}) {
    const auto list = recommend(model, {.history = history}, {.k = k, .exclude = history});
    EXPECT_EQ(std::ssize(list), std::min<std::int64_t>(k, 100 - std::ssize(history)));
    for (const auto& [item, score] : list) {
      EXPECT_FALSE(std::ranges::binary_search(history, item));
      EXPECT_TRUE(scores[item] == kMasked || std::abs(score - scores[item]) < 1e-5) << item;
    }
  }
}

TEST(Tiger, ItemsWithoutTextAreFoundWhereSomebodyTouchedThem) {
  SmallWorld world = small_world(60, 40, 3, 4, /*cold=*/2);
  for (const std::int64_t item : {3, 4, 39}) std::ranges::fill(world.item_vectors.row(item), 0.0f);
  Tiger model(learning_tiger());
  model.fit(world.data());
  const auto scores = scores_of(model, {.history = world.interactions.row_indices(0)});
  EXPECT_EQ(scores[39], kMasked);
  for (std::int32_t item = 0; item < 39; ++item) EXPECT_NE(scores[item], kMasked) << item;
  const std::vector<std::int32_t> unknown = {39}, known = {39, 3};
  EXPECT_FALSE(model.personalises({.history = unknown}));
  EXPECT_TRUE(model.personalises({.history = known}));
  EXPECT_TRUE(model.similar_items(3, 5).empty());
}

TEST(Tiger, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(60, 100, 3);
  TigerOptions options = learning_tiger();
  options.epochs = 2;
  options.quantiser.epochs = 2;
  expect_threads_change_nothing(options, world.data());
}

TEST(Tiger, RefusesFactorsThatHeadsCannotShare) {
  TigerOptions options;
  options.factors = 10;
  options.heads = 4;
  const Error error = error_of([&] { options.build(); });
  EXPECT_EQ(error.code(), ErrorCode::kConfig);
  EXPECT_EQ(error.place().key, "model.factors");
}

TEST(Tiger, AFileOfAnotherShapeIsRefusedByTheTensorsName) {
  const SmallWorld world = small_world(60, 40, 3);
  TigerOptions options = learning_tiger();
  options.epochs = 1;
  Tiger model(options);
  model.fit(world.data());
  const auto path = std::filesystem::path(::testing::TempDir()) / "tiger.safetensors";
  SafetensorsWriter out;
  model.save(out, "model.");
  out.write(path);
  options.quantiser.levels = 2;
  const Error error = error_of([&] { Tiger(options).load(SafetensorsFile(path), "model."); });
  EXPECT_EQ(error.code(), ErrorCode::kData);
  EXPECT_NE(std::string(error.what()).find("'model.codes'"), std::string::npos) << error.what();
}

}  // namespace
}  // namespace genre
