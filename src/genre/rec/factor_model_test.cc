#include "genre/rec/factor_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// Two users, three items; whoever is new gets the mean of the history and a bias of 10.
class Fixed : public FactorModel {
 public:
  std::string_view name() const override { return "fixed"; }
  void fit(const TrainingData&) override {
    Factors f{Matrix(2, 2), Matrix(3, 2), {0.5f, 0, -1}, {2, 0}};
    f.users.row(0)[0] = 1;  // user 1 stays zero: never learnt from
    f.items.row(0)[0] = 3;
    f.items.row(0)[1] = 4;
    f.items.row(1)[0] = 1;
    set_factors(std::move(f));
  }

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override {
    for (const std::int32_t item : query.history)
      for (int d = 0; d < 2; ++d) vector[d] += factors().items.row(item)[d] / static_cast<float>(query.history.size());
    return 10;
  }
  Biases biases() const override { return {.item = true, .user = true}; }
};

TEST(FactorModel, ScoresAreProductsAndBiases) {
  Fixed model;
  model.fit({CsrMatrix{}, {}, 7});
  EXPECT_EQ(scores_of(model, {.user = 0}), (std::vector<float>{5.5f, 3, 1}));
  const std::vector<std::int32_t> history = {1};
  EXPECT_EQ(scores_of(model, {.history = history}), (std::vector<float>{13.5f, 11, 9}));
}

TEST(FactorModel, AUserThatWasNotLearntFromIsFoldedIn) {
  Fixed model;
  model.fit({CsrMatrix{}, {}, 7});
  const std::vector<std::int32_t> history = {1}, silent = {2};
  EXPECT_EQ(scores_of(model, {.user = 1, .history = history}), scores_of(model, {.history = history}));
  EXPECT_EQ(scores_of(model, {.user = 99, .history = history}), scores_of(model, {.history = history}));
  EXPECT_TRUE(model.personalises({.user = 0}));
  EXPECT_FALSE(model.personalises({.user = 1}));
  EXPECT_TRUE(model.personalises({.history = history}));
  EXPECT_FALSE(model.personalises({.history = silent}));  // an item with a zero vector
}

TEST(FactorModel, SimilarItemsAreRankedByCosine) {
  Fixed model;
  model.fit({CsrMatrix{}, {}, 7});
  const auto list = model.similar_items(1, 5);
  ASSERT_EQ(list.size(), 1u);  // the third has no direction
  EXPECT_EQ(list[0].index, 0);
  EXPECT_NEAR(list[0].score, 0.6, 1e-6);
  EXPECT_TRUE(model.similar_items(2, 5).empty());
}

}  // namespace
}  // namespace genre
