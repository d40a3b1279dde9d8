#include "genre/rec/hybrid_ease.h"

#include <gtest/gtest.h>

#include "genre/rec/ease.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

HybridEase fitted(const SmallWorld& world, double text_weight, double cold_weight = 0) {
  HybridEaseOptions options;
  options.text_weight = text_weight;
  options.l2 = 20;
  options.cold_weight = cold_weight;
  HybridEase model(options);
  model.fit(world.data());
  return model;
}

bool same(const Matrix& a, const Matrix& b) {
  return std::equal(a.values().begin(), a.values().end(), b.values().begin(), b.values().end());
}

TEST(HybridEase, WithoutTextWeightIsEaseBitForBit) {
  const SmallWorld world = small_world(80, 30);
  EaseOptions options;
  options.l2 = 20;
  Ease ease(options);
  ease.fit(world.data());
  EXPECT_TRUE(same(fitted(world, 0).weights(), ease.weights()));
}

TEST(HybridEase, TextThatMeansNothingIsNotChosen) {
  SmallWorld world = small_world(200, 40);
  RandomStream random(9, "noise");
  for (std::int64_t i = 0; i < 40; ++i) {
    for (float& x : world.item_vectors.row(i)) x = static_cast<float>(random.normal()) / 8;
  }
  const HybridEase model = fitted(world, -1);
  EXPECT_EQ(model.text_weight(), 0);
  EXPECT_TRUE(same(model.weights(), fitted(world, 0).weights()));
}

TEST(HybridEase, TextThatTellsTasteApartIsChosenWhereInteractionsAreFew) {
  SmallWorld world = small_world(400, 200, 3, 4, 0, 0.05f);
  std::vector<Triplet> few;
  RandomStream random(2, "few");
  for (std::int64_t u = 0; u < 400; ++u)
    for (const std::int32_t item : world.interactions.row_indices(u))
      if (random.below(8) == 0) few.push_back({static_cast<std::int32_t>(u), item, 1});
  world.interactions = csr_from_triplets(400, 200, few);
  const HybridEase model = fitted(world, -1);
  EXPECT_GT(model.text_weight(), 0);
  EXPECT_TRUE(same(model.weights(), fitted(world, model.text_weight()).weights()));
}

TEST(HybridEase, ItemsWithoutInteractionsAreRankedByTheirText) {
  // Items 36 to 39 have text only; item i has theme i % 4, as user u has.
  const SmallWorld world = small_world(200, 40, 1, 4, /*cold=*/4, 0.1f);
  const HybridEase model = fitted(world, 1.0);
  const HybridEase ease = fitted(world, 0);
  std::vector<std::uint8_t> cold(40, 0);
  for (int item = 36; item < 40; ++item) cold[item] = 1;
  int right = 0;
  for (std::int32_t user = 0; user < 200; ++user) {
    const Query query{.user = user, .history = world.interactions.row_indices(user)};
    right += recommend(model, query, {.k = 1, .eligible = cold})[0].index % 4 == user % 4 ? 1 : 0;
    for (const auto& entry : recommend(ease, query, {.k = 4, .eligible = cold})) EXPECT_EQ(entry.score, 0);
  }
  EXPECT_GT(right, 150);
}

TEST(HybridEase, NewItemsCompeteAtAColdWeightOfOne) {
  const SmallWorld world = small_world(200, 40, 1, 4, /*cold=*/4, 0.1f);
  const HybridEase model = fitted(world, 0, /*cold_weight=*/1);
  std::vector<std::uint8_t> cold(40, 0);
  for (int item = 36; item < 40; ++item) cold[item] = 1;
  int listed = 0, right = 0;
  for (std::int32_t user = 0; user < 200; ++user) {
    const auto seen = world.interactions.row_indices(user);
    const Query query{.user = user, .history = seen};
    for (const auto& entry : recommend(model, query, {.k = 5, .exclude = seen})) listed += entry.index >= 36 ? 1 : 0;
    right += recommend(model, query, {.k = 1, .eligible = cold})[0].index % 4 == user % 4 ? 1 : 0;
  }
  EXPECT_GT(listed, 50);
  EXPECT_GT(right, 150);
}

TEST(HybridEase, ByDefaultNewItemsAreInOrderAndTakeNoPlaceOfOthers) {
  const SmallWorld world = small_world(200, 40, 1, 4, /*cold=*/4, 0.1f);
  const HybridEase model = fitted(world, 0, HybridEaseOptions().cold_weight), ease = fitted(world, 0);
  std::vector<std::uint8_t> cold(40, 0);
  for (int item = 36; item < 40; ++item) cold[item] = 1;
  int right = 0, compared = 0;
  for (std::int32_t user = 0; user < 200; ++user) {
    const auto seen = world.interactions.row_indices(user);
    const Query query{.user = user, .history = seen};
    right += recommend(model, query, {.k = 1, .eligible = cold})[0].index % 4 == user % 4 ? 1 : 0;
    const auto list = recommend(model, query, {.k = 5, .exclude = seen}),
               plain = recommend(ease, query, {.k = 5, .exclude = seen});
    if (plain.back().score < 0.02f) continue;  // nothing to be sure of
    EXPECT_EQ(list, plain);
    ++compared;
  }
  EXPECT_GT(right, 150);
  EXPECT_GT(compared, 100);
}

TEST(HybridEase, TheChosenWeightIsSaved) {
  const SmallWorld world = small_world(60, 30);
  const HybridEase model = fitted(world, 0.25);
  SafetensorsWriter out;
  model.save(out, "");
  const auto path = std::filesystem::path(::testing::TempDir()) / "hybrid_ease.safetensors";
  out.write(path);
  HybridEase loaded({});
  loaded.load(SafetensorsFile(path), "");
  EXPECT_EQ(loaded.text_weight(), 0.25);
}

}  // namespace
}  // namespace genre
