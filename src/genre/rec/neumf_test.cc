#include "genre/rec/neumf.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/rec/pair_fold_in_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

NeuMfOptions small_neumf(const std::string& parts = "both") {
  NeuMfOptions options;
  options.parts = parts;
  options.factors = 8;
  options.hidden = {16, 8};
  options.dropout = 0.1;
  options.negatives = 1;
  options.weight_decay = 0;
  options.epochs = 60;
  options.batch = 64;
  options.learning_rate = 5e-3;
  return options;
}

TEST(NeuMf, EveryPartLearnsToPutPositivesFirstForUsersAndStrangers) {
  const SmallWorld world = small_world(150, 80, 3);
  for (const char* const parts : {"both", "gmf", "mlp"}) {
    NeuMf model(small_neumf(parts));
    model.fit(world.data());
    EXPECT_GT(auc(model, world, true), 0.8) << parts;
    EXPECT_GT(auc(model, world, false), 0.75) << parts;
  }
}

TEST(NeuMf, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(60, 40, 3);
  NeuMfOptions options = small_neumf();
  options.epochs = 3;
  expect_threads_change_nothing(options, world.data());
}

TEST(NeuMf, AStrangersHistoryIsASetOfAnyOrder) {
  const SmallWorld world = small_world(60, 40, 3);
  NeuMf model(small_neumf());
  model.fit(world.data());
  const std::vector<std::int32_t> history = {1, 5, 9}, turned = {9, 1, 5};
  EXPECT_EQ(scores_of(model, {.history = history}), scores_of(model, {.history = turned}));
  EXPECT_NE(scores_of(model, {.history = history}), scores_of(model, {}));
}

TEST(NeuMf, AStrangersVectorTakesTheStepsOfTheHeader) {
  const SmallWorld world = small_world(60, 40, 3);
  NeuMfOptions options = small_neumf();
  options.negatives = 2;
  NeuMf model(options);
  model.fit(world.data());
  const std::vector<std::int32_t> history = {1, 5, 9};
  const std::vector<float> found = model.model().fold_in(history);
  const std::vector<double> wanted = plain_fold_in(model.model(), history, 40, options.negatives);
  for (std::size_t d = 0; d < found.size(); ++d) EXPECT_NEAR(found[d], wanted[d], 1e-3) << d;
}

TEST(NeuMf, SomebodyWithoutAHistoryIsTheMeanUser) {
  const SmallWorld world = small_world(60, 40, 3);
  NeuMf model(small_neumf());
  model.fit(world.data());
  const Matrix& users = model.model().trained().users;
  const std::vector<float> mean = model.model().fold_in({});
  for (std::size_t d = 0; d < mean.size(); ++d) {
    double sum = 0;
    for (std::int64_t u = 0; u < 60; ++u) sum += users.row(u)[d];
    EXPECT_NEAR(mean[d], sum / 60, 1e-6);
  }
}

TEST(NeuMf, UsersWithoutInteractionsAreNotRemembered) {
  SmallWorld world = small_world(30, 40, 3);
  std::vector<Triplet> some;
  for (std::int32_t u = 1; u < 30; ++u)
    for (const std::int32_t i : world.interactions.row_indices(u)) some.push_back({u, i, 1});
  world.interactions = csr_from_triplets(30, 40, some);
  NeuMf model(small_neumf());
  model.fit({world.interactions, {}, 7});
  EXPECT_FALSE(model.personalises({.user = 0}));
  EXPECT_TRUE(model.personalises({.user = 1}));
}

TEST(NeuMf, ATrainingThatDivergesNamesTheStep) {
  const SmallWorld world = small_world(60, 40, 3);
  for (const char* const parts : {"both", "gmf", "mlp"}) {
    NeuMfOptions options = small_neumf(parts);
    options.learning_rate = 1e30;
    NeuMf model(options);
    try {
      model.fit(world.data());
      FAIL() << parts << " trained";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kRuntime);
      EXPECT_STREQ(error.what(), "the gradient of step 2 is not finite") << parts;
    }
  }
}

TEST(NeuMf, ATowerWithoutLayersIsRefused) {
  NeuMfOptions options = small_neumf();
  options.hidden = {};
  EXPECT_THROW(options.build(), Error);
  options.parts = "gmf";
  EXPECT_NO_THROW(options.build());
}

TEST(NeuMf, RefusesWeightsOfAnotherShape) {
  const SmallWorld world = small_world(60, 40, 3);
  NeuMfOptions options = small_neumf();
  options.epochs = 1;
  NeuMf model(options);
  model.fit(world.data());
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "neumf.safetensors";
  SafetensorsWriter out;
  model.save(out, "");
  out.write(file);
  options.hidden = {16, 9};
  NeuMf other(options);
  EXPECT_THROW(other.load(SafetensorsFile(file), ""), Error);
}

}  // namespace
}  // namespace genre
