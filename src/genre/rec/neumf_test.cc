#include "genre/rec/neumf.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
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
  const Matrix& users = model.model().trained().users;
  const std::vector<std::int32_t> history = {1, 5, 9};
  std::vector<std::int32_t> absent;
  for (std::int32_t item = 0; item < 40; ++item)
    if (!std::ranges::binary_search(history, item)) absent.push_back(item);
  const std::size_t width = users.cols();
  std::vector<double> vector(width, 0), first(width, 0), second(width, 0);
  for (std::int64_t u = 0; u < 60; ++u)
    for (std::size_t d = 0; d < width; ++d) vector[d] += users.row(u)[d] / 60;
  RandomStream random(history.size(), "neumf stranger");
  for (int step = 1; step <= PairModel::kFoldInSteps; ++step) {
    std::vector<std::int32_t> items = history;
    while (items.size() < 9) items.push_back(absent[random.below(absent.size())]);
    const std::vector<float> labels = {1, 1, 1, 0, 0, 0, 0, 0, 0}, now(vector.begin(), vector.end());
    std::vector<float> gradient(width);
    model.model().scorer().user_gradient(now, items, labels, gradient);
    for (std::size_t d = 0; d < width; ++d) {
      first[d] = 0.9 * first[d] + 0.1 * gradient[d];
      second[d] = 0.999 * second[d] + 0.001 * gradient[d] * gradient[d];
      vector[d] -= PairModel::kFoldInRate * first[d] / (1 - std::pow(0.9, step)) /
                   (std::sqrt(second[d] / (1 - std::pow(0.999, step))) + 1e-8);
    }
  }
  const std::vector<float> found = model.model().fold_in(history);
  for (std::size_t d = 0; d < width; ++d) EXPECT_NEAR(found[d], vector[d], 1e-3) << d;
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
