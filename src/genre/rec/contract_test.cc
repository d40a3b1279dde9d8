// The contract of recommender.h, asked of every recommender there is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <thread>
#include <utility>

#include "genre/base/error.h"
#include "genre/rec/every_recommender_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInterrupted;
}

class RecommenderContract : public ::testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<RecommenderOptions> options_ = ready_options(GetParam());
  SmallWorld world_ = small_world(60, 40);

  std::unique_ptr<Recommender> fitted(const SmallWorld& world, std::uint64_t seed = 7) const {
    auto model = options_->build();
    model->fit(world.data(seed));
    return model;
  }
  std::vector<std::vector<ScoredIndex>> lists(const Recommender& model, const SmallWorld& world, int k = 10) const {
    std::vector<std::vector<ScoredIndex>> out;
    for (std::int32_t user = 0; user < world.interactions.rows; ++user)
      out.push_back(recommend(model, {.user = user, .history = world.interactions.row_indices(user)}, {.k = k}));
    return out;
  }
  std::filesystem::path file() const {
    return std::filesystem::path(::testing::TempDir()) / ("contract_" + GetParam() + ".safetensors");
  }
};

TEST_P(RecommenderContract, NameIsTheOneItIsFoundBy) {
  EXPECT_EQ(options_->name(), GetParam());
  EXPECT_EQ(options_->build()->name(), GetParam());
}

TEST_P(RecommenderContract, RefitEqualsFreshFit) {
  const SmallWorld other = small_world(30, 25, 99);
  auto model = fitted(other);
  model->fit(world_.data());
  EXPECT_EQ(model->items(), 40);
  EXPECT_EQ(lists(*model, world_), lists(*fitted(world_), world_));
}

TEST_P(RecommenderContract, SameSeedSameList) {
  EXPECT_EQ(lists(*fitted(world_), world_), lists(*fitted(world_), world_));
}

TEST_P(RecommenderContract, UnfittedThrows) {
  const auto model = options_->build();
  EXPECT_EQ(model->items(), 0);
  const Query query;
  EXPECT_EQ(code_of([&] { model->score({&query, 1}, {nullptr, 1, 0}); }), ErrorCode::kRuntime);
  SafetensorsWriter out;
  EXPECT_EQ(code_of([&] { model->save(out, ""); }), ErrorCode::kRuntime);
}

TEST_P(RecommenderContract, EstimatedMemoryCoversTheSavedWeights) {
  const auto model = fitted(world_);
  SafetensorsWriter out;
  model->save(out, "model.");
  out.write(file());
  const SafetensorsFile saved(file());
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : saved.tensors()) bytes += static_cast<std::int64_t>(tensor.bytes.size());
  EXPECT_GE(options_->fit_bytes({.users = 60,
                                 .items = 40,
                                 .interactions = static_cast<std::int64_t>(world_.ratings.indices.size()),
                                 .dimension = world_.item_vectors.cols()}),
            bytes);
}

TEST_P(RecommenderContract, LoadingGivesBackTheSameLists) {
  const auto model = fitted(world_);
  SafetensorsWriter out;
  model->save(out, "model.");
  out.write(file());
  auto loaded = options_->build();
  loaded->load(SafetensorsFile(file()), "model.");
  EXPECT_EQ(loaded->items(), model->items());
  EXPECT_EQ(lists(*loaded, world_), lists(*model, world_));
}

TEST_P(RecommenderContract, EveryMissingTensorIsNamed) {
  const auto model = fitted(world_);
  SafetensorsWriter out;
  model->save(out, "model.");
  out.write(file());
  const SafetensorsFile whole(file());
  for (const auto& [missing, view] : whole.tensors()) {
    SafetensorsWriter part;
    for (const auto& [name, tensor] : whole.tensors())
      if (name != missing) part.add_bytes(name, tensor.dtype, tensor.shape, tensor.bytes);
    const auto path = file().replace_extension(".part");
    part.write(path);
    auto loaded = options_->build();
    try {
      loaded->load(SafetensorsFile(path), "model.");
      ADD_FAILURE() << "loaded without " << missing;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kData);
      EXPECT_THAT(error.what(), ::testing::HasSubstr(missing));
    }
  }
}

TEST_P(RecommenderContract, TensorsOfAWrongShapeAreRefused) {
  const auto model = fitted(world_);
  SafetensorsWriter out;
  model->save(out, "model.");
  out.write(file());
  const SafetensorsFile whole(file());
  for (const auto& [wrong, view] : whole.tensors()) {
    SafetensorsWriter bent;
    for (const auto& [name, tensor] : whole.tensors()) {
      std::vector<std::int64_t> shape = tensor.shape;
      if (name == wrong) shape.push_back(1);
      bent.add_bytes(name, tensor.dtype, shape, tensor.bytes);
    }
    const auto path = file().replace_extension(".bent");
    bent.write(path);
    auto loaded = options_->build();
    EXPECT_EQ(code_of([&] { loaded->load(SafetensorsFile(path), "model."); }), ErrorCode::kData) << wrong;
  }
}

TEST_P(RecommenderContract, ScoresAreNumbersOrMasked) {
  const auto model = fitted(world_);
  for (std::int32_t user = 0; user < 20; ++user)
    for (const float score : scores_of(*model, {.user = user, .history = world_.interactions.row_indices(user)}))
      EXPECT_TRUE(std::isfinite(score) || score == kMasked) << score;
}

TEST_P(RecommenderContract, AnEmptyHistoryIsAnsweredAndNotPersonal) {
  const auto model = fitted(world_);
  const Query nobody;
  EXPECT_FALSE(model->personalises(nobody));
  EXPECT_LE(recommend(*model, nobody, {.k = 10}).size(), 10u);
}

TEST_P(RecommenderContract, AStrangerWithTheSameHistoryGetsTheSameList) {
  const auto model = fitted(world_);
  const auto history = world_.interactions.row_indices(3);
  const Query known{.user = 3, .history = history}, stranger{.history = history};
  EXPECT_EQ(recommend(*model, stranger, {.k = 10}).size(), 10u);
  if (!model->personalises(stranger) || model->remembers_users()) return;
  EXPECT_EQ(recommend(*model, known, {.k = 10}), recommend(*model, stranger, {.k = 10}));
}

TEST_P(RecommenderContract, AbsentHistoryValuesMeanOnes) {
  const auto model = fitted(world_);
  const auto history = world_.interactions.row_indices(3);
  const std::vector<float> ones(history.size(), 1.0f);
  EXPECT_EQ(scores_of(*model, {.user = 3, .history = history}),
            scores_of(*model, {.user = 3, .history = history, .history_values = ones}));
}

TEST_P(RecommenderContract, KAboveTheCatalogueGivesEveryScoredItemOnce) {
  const auto model = fitted(world_);
  const auto list = recommend(*model, {.user = 0, .history = world_.interactions.row_indices(0)}, {.k = 1000});
  std::set<std::int32_t> distinct;
  for (const auto& entry : list) distinct.insert(entry.index);
  EXPECT_EQ(distinct.size(), list.size());
  EXPECT_EQ(list.size(), 40u);
  EXPECT_TRUE(recommend(*model, {.user = 0}, {.k = 0}).empty());
}

TEST_P(RecommenderContract, RankingIsByScoreThenItem) {
  const auto model = fitted(world_);
  const auto list = recommend(*model, {.user = 5, .history = world_.interactions.row_indices(5)}, {.k = 40});
  for (std::size_t i = 1; i < list.size(); ++i)
    EXPECT_TRUE(list[i - 1].score > list[i].score ||
                (list[i - 1].score == list[i].score && list[i - 1].index < list[i].index));
}

// In a world whose last item nobody has touched or described.
TEST_P(RecommenderContract, ListsAreThoseOfTheScores) {
  SmallWorld world = small_world(60, 40, 1, 4, /*cold=*/1);
  std::ranges::fill(world.item_vectors.row(39), 0.0f);
  world.item_texts.back().clear();
  const std::int64_t features = world.item_features.offsets[39];
  world.item_features.indices.resize(features);
  world.item_features.values.resize(features);
  world.item_features.offsets.back() = features;
  const auto model = fitted(world);
  for (std::int32_t user = 0; user < 20; ++user) {
    const auto seen = world.interactions.row_indices(user);
    for (const Query& query : {Query{.user = user, .history = seen}, Query{.history = seen}}) {
      std::vector<float> scores = scores_of(*model, query);
      for (const std::int32_t item : seen) scores[item] = kMasked;
      for (const int k : {12, 40}) {
        const auto list = recommend(*model, query, {.k = k, .exclude = seen}), wanted = top_k(scores, k);
        ASSERT_EQ(list.size(), wanted.size());
        for (std::size_t r = 0; r < list.size(); ++r) {
          const float room = 1e-5f * std::max(1.0f, std::abs(wanted[r].score));
          EXPECT_NEAR(list[r].score, scores[list[r].index], room);
          EXPECT_NEAR(list[r].score, wanted[r].score, room);  // items of equal scores may change places
        }
      }
    }
  }
}

TEST_P(RecommenderContract, ExcludedItemsAreLeftOut) {
  const auto model = fitted(world_);
  for (std::int32_t user = 0; user < 20; ++user) {
    const auto seen = world_.interactions.row_indices(user);
    const auto list = recommend(*model, {.user = user, .history = seen}, {.k = 1000, .exclude = seen});
    EXPECT_EQ(list.size(), 40 - seen.size());
    for (const auto& entry : list) EXPECT_FALSE(std::binary_search(seen.begin(), seen.end(), entry.index));
  }
}

TEST_P(RecommenderContract, OnlyEligibleItemsAreListed) {
  const auto model = fitted(world_);
  std::vector<std::uint8_t> eligible(40, 0);
  for (const int item : {3, 8, 21}) eligible[item] = 1;
  const auto list =
      recommend(*model, {.user = 0, .history = world_.interactions.row_indices(0)}, {.k = 10, .eligible = eligible});
  std::set<std::int32_t> items;
  for (const auto& entry : list) items.insert(entry.index);
  EXPECT_EQ(items, (std::set<std::int32_t>{3, 8, 21}));
}

TEST_P(RecommenderContract, DataWithoutItemVectorsOrTextsIsRefusedWhereTheModelNeedsThem) {
  auto model = options_->build();
  const TrainingData bare{world_.interactions, {}, 7};
  if (!options_->needs_item_vectors() && !options_->needs_item_texts()) {
    EXPECT_NO_THROW(model->fit(bare));
  } else {
    EXPECT_EQ(code_of([&] { model->fit(bare); }), ErrorCode::kData);
  }
}

TEST_P(RecommenderContract, DataWithoutItemsIsRefused) {
  auto model = options_->build();
  const CsrMatrix nothing;
  EXPECT_EQ(code_of([&] { model->fit({nothing, {}, 7}); }), ErrorCode::kData);
}

TEST_P(RecommenderContract, ScoresDoNotDependOnTheBatch) {
  const auto model = fitted(world_);
  std::vector<Query> queries;
  for (std::int32_t user = 0; user < 23; ++user)
    queries.push_back({.user = user, .history = world_.interactions.row_indices(user)});
  Matrix together(23, 40);
  model->score(queries, together.view());
  for (std::int64_t q = 0; q < 23; ++q) {
    const auto alone = scores_of(*model, queries[q]);
    const auto row = std::as_const(together).row(q);
    EXPECT_EQ(alone, std::vector<float>(row.begin(), row.end())) << "query " << q;
  }
}

TEST_P(RecommenderContract, TwoThreadsGetTheSameScores) {
  const auto model = fitted(world_);
  std::vector<std::vector<float>> first(60), second(60);
  const auto work = [&](std::vector<std::vector<float>>& out) {
    for (std::int32_t user = 0; user < 60; ++user)
      out[user] = scores_of(*model, {.user = user, .history = world_.interactions.row_indices(user)});
  };
  std::thread a(work, std::ref(first)), b(work, std::ref(second));
  a.join();
  b.join();
  EXPECT_EQ(first, second);
}

TEST_P(RecommenderContract, OneUserIsEnough) {
  const SmallWorld world = small_world(1, 20);
  EXPECT_EQ(lists(*fitted(world), world)[0].size(), 10u);
}

TEST_P(RecommenderContract, OneItemIsEnough) {
  const SmallWorld world = small_world(5, 1);
  const auto all = lists(*fitted(world), world);
  for (const auto& list : all) {
    ASSERT_EQ(list.size(), 1u);
    EXPECT_TRUE(std::isfinite(list[0].score));
  }
}

class RemembersUsersContract : public RecommenderContract {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RemembersUsersContract);

TEST_P(RemembersUsersContract, AHistoryFoldedInComesNearToWhatIsRemembered) {
  const auto model = fitted(world_);
  int common = 0, all = 0;
  for (std::int32_t user = 0; user < world_.interactions.rows; ++user) {
    const auto history = world_.interactions.row_indices(user);
    std::set<std::int32_t> stranger;
    for (const auto& entry : recommend(*model, {.history = history}, {.k = 10})) stranger.insert(entry.index);
    for (const auto& entry : recommend(*model, {.user = user, .history = history}, {.k = 10}))
      common += stranger.contains(entry.index) ? 1 : 0;
    all += 10;
  }
  EXPECT_GT(2 * common, all);  // by chance a quarter
}

class ExplainsContract : public RecommenderContract {};

TEST_P(ExplainsContract, ExplanationsAreHistoryItemsWithAPositiveShare) {
  const auto model = fitted(world_);
  const auto* explains = dynamic_cast<const Explains*>(model.get());
  ASSERT_NE(explains, nullptr);
  const auto history = world_.interactions.row_indices(2);
  const Query query{.history = history};
  int explained = 0;
  for (std::int32_t item = 0; item < 40; ++item) {
    const auto reasons = explains->explain(query, item, 2);
    EXPECT_LE(reasons.size(), 2u);
    for (const auto& reason : reasons) {
      EXPECT_TRUE(std::binary_search(history.begin(), history.end(), reason.index));
      EXPECT_GT(reason.score, 0);
    }
    explained += reasons.empty() ? 0 : 1;
  }
  EXPECT_GT(explained, 0);
  EXPECT_TRUE(explains->explain(query, 0, 0).empty());
}

class SimilarItemsContract : public RecommenderContract {};

TEST_P(SimilarItemsContract, SimilarItemsLeaveOutTheItemItself) {
  const auto model = fitted(world_);
  const auto* similar = dynamic_cast<const FindsSimilarItems*>(model.get());
  ASSERT_NE(similar, nullptr);
  int same_theme = 0, all = 0;
  for (std::int32_t item = 0; item < 40; ++item) {
    const auto list = similar->similar_items(item, 5);
    EXPECT_LE(list.size(), 5u);
    for (const auto& entry : list) {
      EXPECT_NE(entry.index, item);
      same_theme += entry.index % 4 == item % 4 ? 1 : 0;
      ++all;
    }
  }
  EXPECT_GT(same_theme * 4, all);  // more often than by chance
}

// The recommenders that have a power; Recommender: all of them.
template <class Power>
std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& type : recommender_types())
    if (dynamic_cast<const Power*>(type.make()->build().get()) != nullptr) out.push_back(type.name);
  return out;
}

std::vector<std::string> names_that_remember_users() {
  std::vector<std::string> out;
  for (const auto& type : recommender_types())
    if (type.make()->build()->remembers_users()) out.push_back(type.name);
  return out;
}

std::string name_of(const ::testing::TestParamInfo<std::string>& parameter) { return parameter.param; }

INSTANTIATE_TEST_SUITE_P(Every, RecommenderContract, ::testing::ValuesIn(names<Recommender>()), name_of);
INSTANTIATE_TEST_SUITE_P(Every, RemembersUsersContract, ::testing::ValuesIn(names_that_remember_users()), name_of);
INSTANTIATE_TEST_SUITE_P(Every, ExplainsContract, ::testing::ValuesIn(names<Explains>()), name_of);
INSTANTIATE_TEST_SUITE_P(Every, SimilarItemsContract, ::testing::ValuesIn(names<FindsSimilarItems>()), name_of);

}  // namespace
}  // namespace genre
