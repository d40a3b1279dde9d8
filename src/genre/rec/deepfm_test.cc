#include "genre/rec/deepfm.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
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
