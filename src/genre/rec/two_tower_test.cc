#include "genre/rec/two_tower.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr int kTowerThemes = 4, kTowerUsers = 200, kTowerItems = 40, kTowerCold = 8;

TwoTowerOptions small_two_tower() {
  TwoTowerOptions out;
  out.factors = 16;
  out.length = 20;
  out.dropout = 0.1;
  out.epochs = 15;
  out.batch = 16;
  out.learning_rate = 5e-3;
  out.item_encoder.components = 3;
  return out;
}

// The share of the best three of each user that are of the user's theme; a quarter by chance.
double share_of_theme(const Recommender& model, const SmallWorld& world) {
  int right = 0;
  for (std::int32_t user = 0; user < kTowerUsers; ++user)
    for (const auto& one : recommend(model, {.history = world.interactions.row_indices(user)}, {.k = 3}))
      right += one.index % kTowerThemes == user % kTowerThemes ? 1 : 0;
  return right / (3.0 * kTowerUsers);
}

// Every item side with every reader, comparison and loss.
TEST(TwoTower, AnyPartsGoTogetherAndLearnTheTheme) {
  const SmallWorld world = small_world(kTowerUsers, kTowerItems, 1, kTowerThemes);
  const std::vector<std::vector<std::string>> sides = {{"id"},
                                                       {"text"},
                                                       {"words"},
                                                       {"features"},
                                                       {"id", "text"},
                                                       {"id", "features"},
                                                       {"text", "features"},
                                                       {"id", "words"},
                                                       {"text", "words"},
                                                       {"id", "words", "features"},
                                                       {"id", "text", "features"}};
  for (const auto& parts : sides)
    for (const auto& encoder : user_encoders())
      for (const char* scorer : {"dot", "cosine"})
        for (const char* loss : {"softmax", "sampled_softmax"}) {
          SCOPED_TRACE(parts.front() + std::to_string(parts.size()) + " " + encoder.name + " " + scorer + " " + loss);
          TwoTowerOptions options = small_two_tower();
          options.item_encoder.parts = parts;
          options.user_encoder = make_user_encoder(encoder.name);
          options.scorer.name = scorer;
          options.loss = {.name = loss, .negatives = 20};
          options.scorer.temperature = 0.2;
          options.epochs = 10;
          const auto model = options.build();
          model->fit(world.data());
          EXPECT_GT(share_of_theme(*model, world), 0.4);
        }
}

TEST(TwoTower, LearnsTheThemeFromItemsDrawnForEachEvent) {
  const SmallWorld world = small_world(kTowerUsers, kTowerItems, 1, kTowerThemes);
  for (const char* loss : {"bce", "gbce", "bpr"})
    for (const char* scorer : {"dot", "cosine"}) {
      SCOPED_TRACE(std::string(loss) + " " + scorer);
      TwoTowerOptions options = small_two_tower();
      options.item_encoder.parts = {"id", "text", "features"};
      options.scorer = {.name = scorer, .temperature = 0.2};
      options.loss = {.name = loss, .negatives = 5};
      const auto model = options.build();
      model->fit(world.data());
      EXPECT_GT(share_of_theme(*model, world), 0.4);
    }
}

TEST(TwoTower, ItemsThatNobodyTouchedAreRankedByWhatIsKnownOfThem) {
  const SmallWorld world = small_world(kTowerUsers, kTowerItems, 1, kTowerThemes, kTowerCold);
  for (const char* part : {"text", "words", "features"}) {
    SCOPED_TRACE(part);
    TwoTowerOptions options = small_two_tower();
    options.item_encoder.parts = {"id", part};
    const auto model = options.build();
    model->fit(world.data());
    std::vector<std::uint8_t> cold(kTowerItems);
    for (int i = kTowerItems - kTowerCold; i < kTowerItems; ++i) cold[i] = 1;
    int right = 0;
    for (std::int32_t user = 0; user < kTowerUsers; ++user)
      for (const auto& one :
           recommend(*model, {.history = world.interactions.row_indices(user)}, {.k = 2, .eligible = cold}))
        right += one.index % kTowerThemes == user % kTowerThemes ? 1 : 0;
    EXPECT_GT(right / (2.0 * kTowerUsers), 0.6);
  }
}

TEST(TwoTower, AMeanDoesNotSeeTheOrder) {
  const SmallWorld world = small_world(kTowerUsers, kTowerItems, 1, kTowerThemes);
  TwoTowerOptions options = small_two_tower();
  options.epochs = 2;
  const auto model = options.build();
  model->fit(world.data());
  const std::vector<std::int32_t> forth = {1, 5, 9, 2}, back = {2, 9, 5, 1};
  const auto a = scores_of(*model, {.history = forth}), b = scores_of(*model, {.history = back});
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5);
}

TEST(TwoTower, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(60, kTowerItems, 1, kTowerThemes);
  TwoTowerOptions options = small_two_tower();
  options.epochs = 2;
  options.loss = {.name = "sampled_softmax", .negatives = 7};
  options.item_encoder.parts = {"id", "text", "words", "features"};
  expect_threads_change_nothing(options, world.data());
}

TEST(TwoTower, RefusesPartsThatThereAreNot) {
  TwoTowerOptions options = small_two_tower();
  options.item_encoder.parts = {"id", "picture"};
  EXPECT_THROW(options.build(), Error);
  options.item_encoder.parts = {};
  EXPECT_THROW(options.build(), Error);
  options.item_encoder.parts = {"id"};
  options.user_encoder = make_user_encoder("transformer");
  options.factors = 15;  // for two heads
  EXPECT_THROW(options.build(), Error);
  options = small_two_tower();
  options.item_encoder.parts = {"features"};
  SmallWorld world = small_world(20, 20);
  TrainingData data = world.data();
  data.item_features = nullptr;
  EXPECT_THROW(options.build()->fit(data), Error);
  options.item_encoder.parts = {"words"};
  for (std::string& text : world.item_texts) text = text.substr(text.find(' '));  // words of one item alone
  EXPECT_THROW(options.build()->fit(data), Error);
  world.item_texts.clear();
  EXPECT_THROW(options.build()->fit(world.data()), Error);
}

// Somebody new says "theme2" to a model that has no language model, and an item of that theme has no other word.
TEST(TwoTower, WordsOfAQueryAreThoseOfItems) {
  const SmallWorld world = small_world(kTowerUsers, kTowerItems, 1, kTowerThemes);
  TwoTowerOptions options = small_two_tower();
  options.item_encoder.parts = {"id", "words"};
  const auto model = options.build();
  model->fit(world.data());
  EXPECT_FALSE(model->personalises({.words = "nothing of the kind"}));
  int right = 0;
  for (int theme = 0; theme < kTowerThemes; ++theme) {
    const std::string said = "Something with THEME" + std::to_string(theme) + ", theme" + std::to_string(theme);
    const Query query{.words = said};
    EXPECT_TRUE(model->personalises(query));
    for (const auto& one : recommend(*model, query, {.k = 5})) right += one.index % kTowerThemes == theme ? 1 : 0;
  }
  EXPECT_GT(right / (5.0 * kTowerThemes), 0.6);  // 0.25 by chance

  SafetensorsWriter out;
  model->save(out, "");
  const auto path = std::filesystem::path(::testing::TempDir()) / "two_tower_words.safetensors";
  out.write(path);
  const auto loaded = options.build();
  loaded->load(SafetensorsFile(path), "");
  EXPECT_EQ(scores_of(*loaded, {.words = "theme1"}), scores_of(*model, {.words = "theme1"}));
}

}  // namespace
}  // namespace genre
