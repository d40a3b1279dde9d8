#include "genre/rec/mmoe.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

MmoeOptions small_mmoe_options(const std::string& score = "click") {
  MmoeOptions options;
  options.score = score;
  options.factors = 8;
  options.experts = 3;
  options.expert_width = 12;
  options.hidden = {8};
  options.dropout = 0.1;
  options.negatives = 1;
  options.weight_decay = 0;
  options.epochs = 40;
  options.batch = 64;
  options.learning_rate = 5e-3;
  return options;
}

// Of what the model is off on the ratings of training.
double root_mean_square(const Recommender& model, const SmallWorld& world) {
  double squares = 0;
  std::int64_t count = 0;
  for (std::int32_t user = 0; user < world.ratings.rows; ++user) {
    const auto scores = scores_of(model, {.user = user});
    for (std::size_t n = 0; n < world.ratings.row_indices(user).size(); ++n, ++count) {
      const double off = scores[world.ratings.row_indices(user)[n]] - world.ratings.row_values(user)[n];
      squares += off * off;
    }
  }
  return std::sqrt(squares / static_cast<double>(count));
}

double root_mean_square_of_mean(const SmallWorld& world) {
  double sum = 0, squares = 0;
  for (const float value : world.ratings.values) sum += value, squares += double{value} * value;
  const auto count = static_cast<double>(world.ratings.values.size());
  return std::sqrt(squares / count - sum * sum / (count * count));
}

class MmoeTest : public ::testing::Test {
 protected:
  static std::unique_ptr<Recommender> fitted(const MmoeOptions& options, const SmallWorld& world) {
    auto model = options.build();
    model->fit(world.data());
    return model;
  }
  SmallWorld world_ = small_world(150, 80, 3);
};

TEST_F(MmoeTest, PutsPositivesFirstForUsersAndStrangers) {
  for (const double rating_weight : {0.0, 1.0}) {
    MmoeOptions options = small_mmoe_options();
    options.rating_weight = rating_weight;
    const auto model = fitted(options, world_);
    EXPECT_GT(auc(*model, world_, true), 0.8) << rating_weight;
    EXPECT_GT(auc(*model, world_, false), 0.75) << rating_weight;
  }
}

TEST_F(MmoeTest, PredictsRatingsInTheirUnits) {
  for (const double click_weight : {0.0, 1.0}) {
    MmoeOptions options = small_mmoe_options("rating");
    options.click_weight = click_weight;
    const auto model = fitted(options, world_);
    const auto* const rates = dynamic_cast<const PredictsRatings*>(model.get());
    ASSERT_NE(rates, nullptr);
    EXPECT_EQ(rates->rating_range(), std::pair(1.0f, 5.0f));
    EXPECT_LT(root_mean_square(*model, world_), 0.7 * root_mean_square_of_mean(world_));
  }
}

TEST_F(MmoeTest, AScoreOfClicksPromisesNoRatings) {
  EXPECT_EQ(dynamic_cast<const PredictsRatings*>(small_mmoe_options().build().get()), nullptr);
}

TEST_F(MmoeTest, ThreadsChangeNothing) {
  for (const char* const score : {"click", "rating"}) {
    MmoeOptions options = small_mmoe_options(score);
    options.epochs = 3;
    expect_threads_change_nothing(options, world_.data());
  }
}

TEST_F(MmoeTest, WhatIsNotLearntLeavesTheOtherAsItIs) {
  // Without ratings in the loss, their values change no bit.
  MmoeOptions options = small_mmoe_options();
  options.rating_weight = 0;
  options.epochs = 3;
  SmallWorld other = world_;
  for (float& value : other.ratings.values) value = 6 - value;
  const Query query{.user = 4};
  EXPECT_EQ(scores_of(*fitted(options, world_), query), scores_of(*fitted(options, other), query));
}

TEST_F(MmoeTest, ManyRatingsBesideFewInteractionsAreLearntInStepsOfTheirOwn) {
  std::vector<Triplet> few;
  for (std::int32_t user = 0; user < 3; ++user) few.push_back({user, user, 1.0f});
  world_.interactions = csr_from_triplets(world_.interactions.rows, world_.interactions.cols, few);
  world_.times.resize(few.size());
  MmoeOptions options = small_mmoe_options("rating");
  options.batch = 8;
  const auto model = fitted(options, world_);
  EXPECT_LT(root_mean_square(*model, world_), 0.7 * root_mean_square_of_mean(world_));
}

TEST_F(MmoeTest, AStrangersHistoryIsASetOfAnyOrder) {
  const auto model = fitted(small_mmoe_options(), world_);
  const std::vector<std::int32_t> history = {1, 5, 9}, turned = {9, 1, 5};
  EXPECT_EQ(scores_of(*model, {.history = history}), scores_of(*model, {.history = turned}));
  EXPECT_NE(scores_of(*model, {.history = history}), scores_of(*model, {}));
}

TEST_F(MmoeTest, OfALongHistoryTheNewestEventsAreRead) {
  const SmallWorld wide = small_world(40, Mmoe::kFoldInEvents + 30, 3);
  MmoeOptions options = small_mmoe_options();
  options.epochs = 2;
  const auto model = fitted(options, wide);
  std::vector<std::int32_t> all(Mmoe::kFoldInEvents + 30);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
  const std::span newest = std::span(all).last(Mmoe::kFoldInEvents);
  EXPECT_EQ(scores_of(*model, {.history = all}), scores_of(*model, {.history = newest}));
}

TEST_F(MmoeTest, SomebodyWhoTouchedAllIsAnswered) {
  const auto model = fitted(small_mmoe_options(), world_);
  std::vector<std::int32_t> all(80);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
  for (const float score : scores_of(*model, {.history = all})) EXPECT_TRUE(std::isfinite(score));
}

TEST_F(MmoeTest, RatingsThatAreAllAlikeAreLearntAsTheyAre) {
  for (float& value : world_.ratings.values) value = 3;
  const auto model = fitted(small_mmoe_options("rating"), world_);
  for (const float score : scores_of(*model, {.user = 4})) EXPECT_NEAR(score, 3, 0.2);
}

TEST_F(MmoeTest, AScoreOfATaskThatIsNotLearntIsRefused) {
  const auto key_of = [](const MmoeOptions& options) -> std::string {
    try {
      options.build();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kConfig);
      return error.place().key;
    }
    return "built";
  };
  MmoeOptions options = small_mmoe_options();
  options.click_weight = 0;
  EXPECT_EQ(key_of(options), "model.click_weight");
  options = small_mmoe_options("rating");
  options.rating_weight = 0;
  EXPECT_EQ(key_of(options), "model.rating_weight");
}

TEST_F(MmoeTest, ATrainingThatDivergesNamesTheStep) {
  MmoeOptions options = small_mmoe_options();
  options.learning_rate = 1e30;
  try {
    fitted(options, world_);
    FAIL() << "trained";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kRuntime);
    EXPECT_EQ(error.place().key, "model.learning_rate");
  }
}

TEST_F(MmoeTest, RefusesWeightsOfAnotherShape) {
  MmoeOptions options = small_mmoe_options();
  options.epochs = 1;
  const auto model = fitted(options, world_);
  const auto file = std::filesystem::path(::testing::TempDir()) / "mmoe.safetensors";
  SafetensorsWriter out;
  model->save(out, "");
  out.write(file);
  options.experts = 4;
  EXPECT_THROW(options.build()->load(SafetensorsFile(file), ""), Error);
}

}  // namespace
}  // namespace genre
