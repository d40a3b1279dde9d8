#include "genre/rec/unisrec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

UniSRecOptions small_unisrec() {
  UniSRecOptions out;
  out.factors = 16;
  out.layers = 1;
  out.inner = 16;
  out.length = 20;
  out.dropout = 0.1;
  out.epochs = 40;
  out.batch = 16;
  out.learning_rate = 5e-3;
  out.components = 3;  // four themes, less their mean
  out.experts = 3;
  return out;
}

class UniSRecTest : public ::testing::Test {
 protected:
  static constexpr int kUsers = 200, kItems = 40, kThemes = 4, kCold = 8;
  static constexpr float kNoise = 0.05f;  // of texts, which are all that tells items apart
  static std::unique_ptr<Recommender> fitted(const UniSRecOptions& options, const SmallWorld& world) {
    auto model = options.build();
    model->fit(world.data());
    return model;
  }
  static std::unique_ptr<Recommender> brought(const UniSRecOptions& options, const Recommender& before,
                                              const SmallWorld& world) {
    const std::vector<std::int32_t> none(kItems, -1);
    const StartingPoint start{before, none, {}};
    TrainingData data = world.data();
    data.start = &start;
    auto model = options.build();
    model->fit(data);
    return model;
  }
  // How often the best of these items is of the user's theme; 0.25 by chance.
  static double right(const Recommender& model, const SmallWorld& world, int first, int last) {
    std::vector<std::uint8_t> eligible(kItems);
    std::fill(eligible.begin() + first, eligible.begin() + last, 1);
    int out = 0;
    for (std::int32_t user = 0; user < kUsers; ++user) {
      const auto list = recommend(model, {.history = world.interactions.row_indices(user)}, {1, {}, eligible});
      out += list.front().index % kThemes == user % kThemes ? 1 : 0;
    }
    return out / static_cast<double>(kUsers);
  }
  SmallWorld world_ = small_world(kUsers, kItems, 1, kThemes, kCold, kNoise);
};

TEST_F(UniSRecTest, ItemsThatNobodyTouchedAreRankedByTheirText) {
  EXPECT_GT(right(*fitted(small_unisrec(), world_), world_, kItems - kCold, kItems), 0.5);
}

TEST_F(UniSRecTest, ItemsOfOneTextAreOneItem) {
  std::ranges::copy(std::as_const(world_.item_vectors).row(0), world_.item_vectors.row(5).data());
  const auto model = fitted(small_unisrec(), world_);
  const auto scores = scores_of(*model, {.history = world_.interactions.row_indices(0)});
  EXPECT_EQ(scores[0], scores[5]);
}

TEST_F(UniSRecTest, WordsStandAsAnItemOfThatText) {
  const auto model = fitted(small_unisrec(), world_);
  const std::vector<std::int32_t> item = {3};
  const auto told = scores_of(*model, {.history = {}, .text = std::as_const(world_.item_vectors).row(3)}),
             taken = scores_of(*model, {.history = item});
  for (int i = 0; i < kItems; ++i) EXPECT_NEAR(told[i], taken[i], 1e-4) << i;
}

TEST_F(UniSRecTest, AnotherCatalogueIsServedWithoutTraining) {
  const auto before = fitted(small_unisrec(), world_);
  const SmallWorld other = small_world(kUsers, kItems, 5, kThemes, kCold, kNoise);  // the same themes, other items
  UniSRecOptions none = small_unisrec();
  none.epochs = 0;
  EXPECT_GT(right(*brought(none, *before, other), other, 0, kItems), 0.5);
}

TEST_F(UniSRecTest, NoEpochsLeaveTheAnswersAsTheyAre) {
  const auto before = fitted(small_unisrec(), world_);
  UniSRecOptions none = small_unisrec();
  none.epochs = 0;
  const auto after = brought(none, *before, world_);
  for (std::int32_t user = 0; user < 20; ++user) {
    const Query query{.history = world_.interactions.row_indices(user)};
    const auto was = scores_of(*before, query), is = scores_of(*after, query);
    for (int i = 0; i < kItems; ++i) EXPECT_NEAR(is[i], was[i], 2e-3f * (1 + std::abs(was[i]))) << i;
  }
}

TEST_F(UniSRecTest, AFrozenNetworkStaysAndWhatItemsAreMadeOfMoves) {
  const auto before = fitted(small_unisrec(), world_);
  const SmallWorld other = small_world(kUsers, kItems, 5, kThemes, kCold, kNoise);
  UniSRecOptions frozen = small_unisrec();
  frozen.epochs = 2;
  frozen.weight_decay = 0.01;
  frozen.frozen_network = true;
  const auto after = brought(frozen, *before, other);
  const auto tensors = [](const Recommender& model, const char* name) {
    const auto path = std::filesystem::path(::testing::TempDir()) / name;
    SafetensorsWriter writer;
    model.save(writer, "");
    writer.write(path);
    return SafetensorsFile(path);
  };
  const SafetensorsFile was = tensors(*before, "unisrec_was.safetensors"),
                        is = tensors(*after, "unisrec_is.safetensors");
  int compared = 0;
  for (const auto& [name, tensor] : was.tensors()) {
    if (name == "items" || name.starts_with("text.")) continue;
    EXPECT_TRUE(std::ranges::equal(was.values<float>(name), is.values<float>(name))) << name;
    ++compared;
  }
  EXPECT_GT(compared, 5);
  EXPECT_FALSE(std::ranges::equal(was.values<float>("text.map"), is.values<float>("text.map")));
}

TEST_F(UniSRecTest, AFrozenNetworkWithoutAStartIsRefused) {
  UniSRecOptions options = small_unisrec();
  options.frozen_network = true;
  try {
    fitted(options, world_);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConfig);
    EXPECT_EQ(error.place().key, "model.frozen_network");
  }
}

TEST_F(UniSRecTest, AStartWithOtherExpertsIsRefused) {
  const auto before = fitted(small_unisrec(), world_);
  UniSRecOptions more = small_unisrec();
  more.experts = 4;
  EXPECT_THROW(brought(more, *before, world_), Error);
}

TEST_F(UniSRecTest, ThreadsChangeNothing) { expect_threads_change_nothing(small_unisrec(), world_.data()); }

}  // namespace
}  // namespace genre
