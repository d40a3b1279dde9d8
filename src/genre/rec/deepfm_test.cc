#include "genre/rec/deepfm.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
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
    int right = 0, all = 0;
    for (std::int32_t u = 0; u < 80; ++u) {
      const auto scores = scores_of(model, {.user = u});
      for (int i = 44; i < 60; ++i)
        for (int j = 44; j < 60; ++j)
          if (i % 4 == u % 4 && j % 4 != u % 4) {
            right += scores[i] > scores[j] ? 1 : 0;
            ++all;
          }
    }
    EXPECT_GT(right, 0.8 * all) << side;
  }
}

TEST(DeepFm, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(60, 40, 3);
  DeepFmOptions options = small_deepfm("both");
  options.epochs = 3;
  const std::vector<std::int32_t> history = {1, 2, 3};
  const auto scores = [&](int threads) {
    set_global_threads(threads);
    DeepFm model(options);
    model.fit(world.data());
    return std::pair(scores_of(model, {.user = 5}), scores_of(model, {.history = history}));
  };
  const auto one = scores(1);
  EXPECT_EQ(scores(3), one);
  set_global_threads(0);
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
