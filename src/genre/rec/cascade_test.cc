#include "genre/rec/cascade.h"

#include <gtest/gtest.h>

#include <set>

#include "genre/config/toml.h"
#include "genre/rec/ease.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(Cascade, RanksTheCandidatesOfOneModelByTheScoresOfTheOther) {
  const SmallWorld world = small_world(60, 40);
  ItemKnn knn({});
  Ease ease({});
  Cascade model(std::make_unique<ItemKnn>(ItemKnnOptions{}), std::make_unique<Ease>(EaseOptions{}), 6);
  knn.fit(world.data());
  ease.fit(world.data());
  model.fit(world.data());
  for (std::int32_t user = 0; user < 20; ++user) {
    const auto seen = world.interactions.row_indices(user);
    const Query query{.user = user, .history = seen};
    std::set<std::int32_t> wanted, found;
    for (const auto& entry : recommend(knn, query, {.k = 6, .exclude = seen})) wanted.insert(entry.index);
    const auto all = scores_of(ease, query);
    const auto list = recommend(model, query, {.k = 40, .exclude = seen});
    for (const auto& entry : list) {
      found.insert(entry.index);
      EXPECT_EQ(entry.score, all[entry.index]);
    }
    EXPECT_EQ(found, wanted);
  }
}

TEST(Cascade, HistoryTakesNoPlaceAmongTheCandidates) {
  const SmallWorld world = small_world(60, 40);
  Cascade model(std::make_unique<ItemKnn>(ItemKnnOptions{}), std::make_unique<Ease>(EaseOptions{}), 5);
  model.fit(world.data());
  const auto seen = world.interactions.row_indices(0);
  EXPECT_EQ(recommend(model, {.history = seen}, {.k = 40}).size(), 5 + seen.size());
}

TEST(Cascade, BothStagesAreConfigured) {
  CascadeOptions options;
  config::Fields fields;
  options.fields(fields);
  std::vector<config::Fault> faults;
  fields.load(config::parse_toml(
                  "candidate_count = 50\n[candidates]\nname = \"lm_content\"\n[ranker]\nname = \"ease\"\nl2 = 9.0\n",
                  "test.toml"),
              "model", faults);
  for (const auto& fault : faults) ADD_FAILURE() << fault.message;
  EXPECT_EQ(options.candidate_count, 50);
  EXPECT_EQ(options.candidates->name(), "lm_content");
  EXPECT_EQ(dynamic_cast<const EaseOptions&>(*options.ranker).l2, 9.0);
  EXPECT_TRUE(options.needs_item_vectors());
  EXPECT_EQ(options.build()->name(), "cascade");
}

}  // namespace
}  // namespace genre
