#include "genre/rec/lm_sasrec.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr int kThemes = 4, kUsers = 400, kItems = 40, kCold = 8;

class LmSasRecTest : public ::testing::Test {
 protected:
  static LmSasRecOptions options() {
    LmSasRecOptions out;
    out.factors = 16;
    out.layers = 1;
    out.inner = 16;
    out.length = 20;
    out.dropout = 0.1;
    out.epochs = 20;
    out.batch = 16;
    out.learning_rate = 5e-3;
    out.id_dropout = 0.3;
    out.components = 3;  // four themes, less their mean
    return out;
  }
  // Of the items among [first, last), the share of the best `k` for this query that are of the theme.
  static double share(const Recommender& model, const Query& query, int theme, int first, int last, int k) {
    std::vector<std::uint8_t> eligible(kItems);
    for (int i = first; i < last; ++i) eligible[i] = 1;
    int right = 0;
    for (const auto& one : recommend(model, query, {.k = k, .eligible = eligible}))
      right += one.index % kThemes == theme ? 1 : 0;
    return right / static_cast<double>(k);
  }
  SmallWorld world_ = small_world(kUsers, kItems, 1, kThemes, kCold);
  NextItemRecommender model_{"lm_sasrec", options().plan()};
};

TEST_F(LmSasRecTest, ItemsThatNobodyTouchedAreRankedByTheirText) {
  model_.fit(world_.data());
  double right = 0;
  for (std::int32_t user = 0; user < kUsers; ++user)
    right +=
        share(model_, {.history = world_.interactions.row_indices(user)}, user % kThemes, kItems - kCold, kItems, 2);
  EXPECT_GT(right / kUsers, 0.7);  // 0.25 by chance
}

TEST_F(LmSasRecTest, WordsAloneAreAnswered) {
  model_.fit(world_.data());
  double right = 0;
  for (int item = 0; item < kItems; ++item) {
    const Query query{.history = {}, .text = std::as_const(world_.item_vectors).row(item)};
    EXPECT_TRUE(model_.personalises(query));
    right += share(model_, query, item % kThemes, 0, kItems - kCold, 4);
  }
  EXPECT_GT(right / kItems, 0.6);
}

TEST_F(LmSasRecTest, WordsChangeWhatAHistoryGets) {
  model_.fit(world_.data());
  const auto history = world_.interactions.row_indices(0);
  const auto plain = scores_of(model_, {.history = history});
  const auto told = scores_of(model_, {.history = history, .text = std::as_const(world_.item_vectors).row(1)});
  EXPECT_NE(plain, told);
}

TEST_F(LmSasRecTest, AnItemWithNeitherTextNorInteractionsIsMasked) {
  std::ranges::fill(world_.item_vectors.row(kItems - 1), 0.0f);
  model_.fit(world_.data());
  const auto scores = scores_of(model_, {.history = world_.interactions.row_indices(0)});
  for (int i = 0; i < kItems; ++i) EXPECT_EQ(scores[i] == kMasked, i == kItems - 1) << i;
}

TEST_F(LmSasRecTest, TextsThatAreAllAlikeLeaveSasRec) {
  for (int i = 0; i < kItems; ++i)
    for (std::size_t d = 0; d < world_.item_vectors.row(i).size(); ++d)
      world_.item_vectors.row(i)[d] = d == 0 ? 1.0f : 0.0f;
  model_.fit(world_.data());
  NextItemRecommender twin("sasrec", static_cast<const SasRecOptions&>(options()).SasRecOptions::plan());
  twin.fit(world_.data());
  const Query query{.history = world_.interactions.row_indices(0)};
  EXPECT_EQ(scores_of(model_, query), scores_of(twin, query));
}

TEST_F(LmSasRecTest, RefusesTextOfAnotherWidth) {
  LmSasRecOptions quick = options();
  quick.epochs = 1;
  NextItemRecommender model("lm_sasrec", quick.plan());
  model.fit(world_.data());
  const std::vector<float> text(world_.item_vectors.cols() + 1, 0.1f);
  EXPECT_THROW(scores_of(model, {.history = {}, .text = text}), Error);
}

}  // namespace
}  // namespace genre
