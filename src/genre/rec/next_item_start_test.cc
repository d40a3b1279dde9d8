#include "genre/rec/next_item_start.h"

#include <gtest/gtest.h>

#include <numeric>

#include "genre/base/error.h"
#include "genre/rec/lm_sasrec.h"
#include "genre/rec/popularity.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/two_tower.h"

namespace genre {
namespace {

LmSasRecOptions start_options(int epochs) {
  LmSasRecOptions out;
  out.factors = 16;
  out.layers = 1;
  out.inner = 16;
  out.length = 20;
  out.dropout = 0.1;
  out.epochs = epochs;
  out.batch = 16;
  out.learning_rate = 5e-3;
  out.components = 3;
  return out;
}

class NextItemStartTest : public ::testing::Test {
 protected:
  static constexpr int kUsers = 200, kItems = 40, kThemes = 4, kCold = 8;
  void SetUp() override {
    before_.fit(world_.data());
    std::iota(same_.begin(), same_.end(), 0);
  }
  // What is fitted from `before_`, of whose items `items` are the numbers there.
  std::unique_ptr<Recommender> fitted(const RecommenderOptions& options, const SmallWorld& world,
                                      std::span<const std::int32_t> items, std::span<const std::uint8_t> known) const {
    const StartingPoint start{before_, items, known};
    TrainingData data = world.data();
    data.start = &start;
    auto model = options.build();
    model->fit(data);
    return model;
  }
  // How often the best item that nobody touched is of the user's theme; 0.25 by chance.
  static double right(const Recommender& model, const SmallWorld& world) {
    std::vector<std::uint8_t> eligible(kItems);
    std::fill(eligible.end() - kCold, eligible.end(), 1);
    int out = 0;
    for (std::int32_t user = 0; user < kUsers; ++user) {
      const auto list = recommend(model, {.history = world.interactions.row_indices(user)}, {1, {}, eligible});
      out += list.front().index % kThemes == user % kThemes ? 1 : 0;
    }
    return out / static_cast<double>(kUsers);
  }
  SmallWorld world_ = small_world(kUsers, kItems, 1, kThemes, kCold);
  NextItemRecommender before_{"lm_sasrec", start_options(15).plan()};
  std::vector<std::int32_t> same_ = std::vector<std::int32_t>(kItems);
};

TEST_F(NextItemStartTest, NoEpochsLeaveTheModelAsItIs) {
  const auto after = fitted(start_options(0), world_, same_, {});
  for (std::int32_t user = 0; user < 20; ++user) {
    const Query query{.history = world_.interactions.row_indices(user),
                      .text = std::as_const(world_.item_vectors).row(3)};
    const auto was = scores_of(before_, query), is = scores_of(*after, query);
    for (int i = 0; i < kItems; ++i) EXPECT_NEAR(is[i], was[i], 2e-3f * (1 + std::abs(was[i]))) << i;
  }
}

TEST_F(NextItemStartTest, AnotherCatalogueIsKnownByItsTexts) {
  // The same themes, other items: none is known there.
  const SmallWorld other = small_world(kUsers, kItems, 5, kThemes, kCold);
  const std::vector<std::int32_t> none(kItems, -1);
  const auto brought = fitted(start_options(0), other, none, {});
  EXPECT_GT(right(*brought, other), 0.5);
}

TEST_F(NextItemStartTest, WordsKeepTheirVectors) {
  LmSasRecOptions options = start_options(15);
  options.words = true;
  NextItemRecommender before("lm_sasrec", options.plan());
  before.fit(world_.data());
  options.epochs = 0;
  const StartingPoint start{before, same_, {}};
  TrainingData data = world_.data();
  data.start = &start;
  const auto after = options.build();
  after->fit(data);
  for (std::int32_t user = 0; user < 20; ++user) {
    const Query query{.history = world_.interactions.row_indices(user),
                      .text = std::as_const(world_.item_vectors).row(3),
                      .words = world_.item_texts[3]};
    const auto was = scores_of(before, query), is = scores_of(*after, query);
    for (int i = 0; i < kItems; ++i) EXPECT_NEAR(is[i], was[i], 2e-3f * (1 + std::abs(was[i]))) << i;
  }
}

TEST_F(NextItemStartTest, AnotherCatalogueIsKnownByItsWords) {
  TwoTowerOptions options;
  static_cast<NextItemOptions&>(options) = start_options(15);
  options.item_encoder.parts = {"id", "words"};
  const auto before = options.build();
  before->fit(world_.data());
  options.epochs = 0;
  const SmallWorld other = small_world(kUsers, kItems, 5, kThemes, kCold);
  const std::vector<std::int32_t> none(kItems, -1);
  const StartingPoint start{*before, none, {}};
  TrainingData data = other.data();
  data.start = &start;
  const auto brought = options.build();
  brought->fit(data);
  EXPECT_GT(right(*brought, other), 0.5);
}

TEST_F(NextItemStartTest, ItemsKeepTheirVectorsUnderOtherNumbers) {
  SasRecOptions plain;
  static_cast<NextItemOptions&>(plain) = start_options(15);
  plain.layers = 1;
  plain.inner = 16;
  NextItemRecommender before("sasrec", plain.plan());
  before.fit(world_.data());
  plain.epochs = 0;
  // Two items change their numbers.
  SmallWorld swapped = world_;
  std::vector<Triplet> entries;
  const auto number = [](std::int32_t item) { return item == 2 ? 7 : item == 7 ? 2 : item; };
  for (std::int32_t user = 0; user < kUsers; ++user)
    for (const std::int32_t item : world_.interactions.row_indices(user)) entries.push_back({user, number(item), 1.0f});
  swapped.interactions = csr_from_triplets(kUsers, kItems, std::move(entries));
  std::vector<std::int32_t> items = same_;
  std::swap(items[2], items[7]);
  const StartingPoint start{before, items, {}};
  TrainingData data = swapped.data();
  data.start = &start;
  NextItemRecommender after("sasrec", plain.plan());
  after.fit(data);
  const std::vector<std::int32_t> was = {2, 5, 7}, is = {7, 5, 2};
  const auto then = scores_of(before, {.history = was}), now = scores_of(after, {.history = is});
  for (int i = 0; i < kItems - kCold; ++i) EXPECT_EQ(now[number(i)], then[i]);
}

TEST_F(NextItemStartTest, GoingOnLearnsFromWhatIsThere) {
  const auto on = fitted(start_options(1), world_, same_, {});
  LmSasRecOptions one = start_options(1);
  const auto afresh = one.build();
  afresh->fit(world_.data());
  EXPECT_GT(right(*on, world_), right(*afresh, world_) + 0.1);
}

TEST_F(NextItemStartTest, WhatCannotBeAStartIsRefused) {
  const auto refused = [&](const RecommenderOptions& options, const std::string& key) {
    try {
      fitted(options, world_, same_, {});
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig);
      EXPECT_EQ(e.place().key, key) << e.what();
    }
  };
  LmSasRecOptions other = start_options(1);
  other.factors = 32;
  refused(other, "model.start");
  other = start_options(1);
  other.layers = 2;
  refused(other, "model.start");
  TwoTowerOptions tower;
  tower.factors = 16;
  refused(tower, "model.start");

  Popularity popular{PopularityOptions()};
  popular.fit(world_.data());
  const StartingPoint start{popular, same_, {}};
  TrainingData data = world_.data();
  data.start = &start;
  EXPECT_THROW(start_options(1).build()->fit(data), Error);
  EXPECT_THROW(start_options(0).build()->fit(world_.data()), Error);  // nothing to start from
}

TEST(MapOfWhitened, DoesWhatTheMapDid) {
  const SmallWorld world = small_world(50, 30, 1, 4, 4);
  const Whitening whitening = whiten(world.item_vectors, 3);
  RandomStream random(3, "map");
  Matrix wanted(5, whitening.map.rows()), map(5, whitening.map.cols());
  for (std::int64_t d = 0; d < 5; ++d)
    for (std::int64_t p = 0; p < wanted.cols(); ++p) {
      wanted.row(d)[p] = static_cast<float>(random.normal());
      add_scaled(wanted.row(d)[p], whitening.map.row(p).data(), map.row(d).data(), map.cols());
    }
  const Matrix found = map_of_whitened(map, whitening);
  for (std::int64_t d = 0; d < 5; ++d)
    for (std::int64_t p = 0; p < wanted.cols(); ++p) EXPECT_NEAR(found.row(d)[p], wanted.row(d)[p], 1e-4);
}

}  // namespace
}  // namespace genre
