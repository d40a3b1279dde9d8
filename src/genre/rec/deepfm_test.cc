#include "genre/rec/deepfm.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "genre/base/error.h"
#include "genre/rec/pair_fold_in_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

DeepFmOptions small_deepfm(const std::string& side = "features") {
  DeepFmOptions options;
  options.factors = 8;
  options.hidden = {16, 8};
  options.dropout = 0.1;
  options.side = side;
  options.negatives = 1;
  options.weight_decay = 0;
  options.epochs = 60;
  options.batch = 64;
  options.learning_rate = 5e-3;
  return options;
}

TEST(DeepFm, LearnsToPutPositivesFirstForUsersAndStrangers) {
  const SmallWorld world = small_world(150, 80, 3);
  for (const char* const side : {"none", "both"}) {
    DeepFm model(small_deepfm(side));
    model.fit(world.data());
    EXPECT_GT(auc(model, world, true), 0.8) << side;
    EXPECT_GT(auc(model, world, false), 0.75) << side;
  }
}

TEST(DeepFm, UntouchedItemsAreRankedByTheirFieldsAndText) {
  const SmallWorld world = small_world(80, 60, 3, 4, /*cold=*/16);
  for (const char* const side : {"features", "vectors", "both"}) {
    DeepFm model(small_deepfm(side));
    model.fit(world.data());
    EXPECT_GT(untouched_auc(model, world, 16), 0.8) << side;
  }
}

TEST(DeepFm, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(60, 40, 3);
  DeepFmOptions options = small_deepfm("both");
  options.epochs = 3;
  expect_threads_change_nothing(options, world.data());
}

TEST(DeepFm, StrangersAreNotTurnedFromItemsThatNobodyTouched) {
  const SmallWorld world = small_world(80, 60, 3, 4, /*cold=*/16);
  for (const double id_dropout : {0.1, 1.0}) {
    DeepFmOptions options = small_deepfm("both");
    options.id_dropout = id_dropout;
    options.epochs = 5;
    options.negatives = 2;
    DeepFm model(options);
    model.fit(world.data());
    const std::vector<std::int32_t> history = {1, 5, 9};
    const std::vector<float> found = model.model().fold_in(history);
    const std::vector<double> wanted = plain_fold_in(model.model(), history, 60 - 16, options.negatives);
    for (std::size_t d = 0; d < found.size(); ++d) EXPECT_NEAR(found[d], wanted[d], 1e-3) << id_dropout << ", " << d;
  }
}

TEST(DeepFm, WhoTouchedAllThatWasTouchedIsAnsweredByTheirHistory) {
  SmallWorld world = small_world(30, 20, 3, 4, /*cold=*/4);
  std::vector<Triplet> some;
  for (std::int32_t u = 0; u < 30; ++u)
    for (std::int32_t i = 0; i < 16; ++i)
      if (u == 0 || (u + i) % 3 == 0) some.push_back({u, i, 1});
  world.interactions = csr_from_triplets(30, 20, some);
  DeepFm model(small_deepfm("both"));
  model.fit(
      {.interactions = world.interactions, .item_vectors = world.item_vectors, .item_features = &world.item_features});
  EXPECT_FALSE(model.model().remembers({.user = 0}));
  EXPECT_TRUE(model.model().remembers({.user = 1}));
}

TEST(DeepFm, ATowerWithoutLayersIsRefused) {
  DeepFmOptions options = small_deepfm();
  options.hidden = {};
  EXPECT_THROW(options.build(), Error);
}

TEST(DeepFm, TextVectorsThatAreNotThereAreRefused) {
  const SmallWorld world = small_world(60, 40, 3);
  DeepFm model(small_deepfm("vectors"));
  EXPECT_THROW(model.fit({world.interactions, {}, 7}), Error);
}

TEST(DeepFm, RefusesNumbersThatAreNoItems) {
  const SmallWorld world = small_world(60, 40, 3);
  DeepFmOptions options = small_deepfm();
  options.epochs = 1;
  DeepFm model(options);
  model.fit(world.data());
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "deepfm_drawn.safetensors";
  for (const std::vector<std::int32_t>& drawn :
       std::vector<std::vector<std::int32_t>>{{0, 40}, {-1, 3}, {3, 2}, {2, 2}, {}}) {
    SafetensorsWriter out;
    model.save(out, "");
    out.add("drawn", std::span<const std::int32_t>(drawn), {std::ssize(drawn)});
    out.write(file);
    DeepFm other(options);
    EXPECT_THROW(other.load(SafetensorsFile(file), ""), Error) << drawn.size();
  }
}

TEST(DeepFm, RefusesItemsOfAnotherWidth) {
  const SmallWorld world = small_world(60, 40, 3);
  DeepFmOptions options = small_deepfm();
  options.epochs = 1;
  DeepFm model(options);
  model.fit(world.data());
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "deepfm.safetensors";
  SafetensorsWriter out;
  model.save(out, "");
  out.write(file);
  for (const int factors : {7, 1, 40}) {
    options.factors = factors;
    DeepFm other(options);
    EXPECT_THROW(other.load(SafetensorsFile(file), ""), Error) << factors;
  }
}

}  // namespace
}  // namespace genre
