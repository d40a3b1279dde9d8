#include "genre/rec/recommend_all.h"

#include <gtest/gtest.h>

#include "genre/rec/ease.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/random.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(RecommendAll, ListsAreThoseOfOneUserAtATime) {
  const SmallWorld world = small_world(300, 70, 4);
  std::vector<Query> queries;
  std::vector<std::span<const std::int32_t>> seen;
  for (std::int32_t user = 0; user < 300; ++user) {
    seen.push_back(world.interactions.row_indices(user));
    queries.push_back({.user = user, .history = seen.back()});
  }
  Ease ease({});
  ItemKnn item_knn({});
  for (Recommender* model : {static_cast<Recommender*>(&ease), static_cast<Recommender*>(&item_knn)}) {
    model->fit(world.data());
    const auto masked = recommend_all(*model, queries, 10, seen), all = recommend_all(*model, queries, 100);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      EXPECT_EQ(masked[q], recommend(*model, queries[q], {.k = 10, .exclude = seen[q]}));
      EXPECT_EQ(all[q], recommend(*model, queries[q], {.k = 100}));
    }
  }
  EXPECT_TRUE(recommend_all(ease, {}, 10).empty());
}

class OfSize : public RandomRecommender {
 public:
  OfSize(std::int64_t items, bool many) : items_(items), many_(many) {}
  std::int64_t items() const override { return items_; }
  bool gains_from_many_queries() const override { return many_; }

 private:
  std::int64_t items_;
  bool many_;
};

TEST(RecommendAll, BlocksAreSmallForLargeCataloguesAndFewQueries) {
  EXPECT_EQ(queries_per_block(OfSize(100'000'000, true), 1'000'000), 16u);
  EXPECT_EQ(queries_per_block(OfSize(3000, true), 0), 16u);
  EXPECT_LE(queries_per_block(OfSize(100, true), 1'000'000), 1024u);
  EXPECT_EQ(queries_per_block(OfSize(8192, true), 1'000'000), 512u);
}

TEST(RecommendAll, BlocksStayInTheCacheForModelsOfFewWeights) {
  EXPECT_EQ(queries_per_block(OfSize(3000, false), 1'000'000), 25u);
  EXPECT_EQ(queries_per_block(OfSize(100'000, false), 1'000'000), 16u);
}

}  // namespace
}  // namespace genre
