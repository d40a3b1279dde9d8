#include "genre/rec/sparse_item_item.h"

#include <gtest/gtest.h>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// The base with weights given by hand.
class Given : public SparseItemItem {
 public:
  explicit Given(CsrMatrix weights) { set_weights(std::move(weights)); }
  std::string_view name() const override { return "given"; }
  void fit(const TrainingData& /*data*/) override {}
};

CsrMatrix random_weights(std::int64_t items) {
  RandomStream random(3, "weights");
  std::vector<std::vector<ScoredIndex>> lists(items);
  for (std::int64_t i = 0; i < items; ++i)
    for (std::int32_t j = 0; j < items; ++j)
      if (i != 4 && random.uniform() < 0.3) lists[i].push_back({j, static_cast<float>(random.normal())});
  return csr_from_lists(std::move(lists));
}

float weight(const CsrMatrix& matrix, std::int32_t row, std::int32_t col) {
  for (std::size_t n = 0; n < matrix.row_indices(row).size(); ++n)
    if (matrix.row_indices(row)[n] == col) return matrix.row_values(row)[n];
  return 0;
}

TEST(SparseItemItem, ScoresAreSumsOfTheRowsOfTheHistory) {
  const Given model(random_weights(15));
  const std::vector<std::int32_t> history = {9, 4, 0, 13};
  const std::vector<float> values = {0.5f, 1, 2, 1.5f};
  const auto scores = scores_of(model, {.history = history, .history_values = values});
  for (std::int32_t j = 0; j < 15; ++j) {
    double wanted = 0;
    for (std::size_t h = 0; h < 4; ++h) wanted += values[h] * weight(model.weights(), history[h], j);
    EXPECT_NEAR(scores[j], wanted, 1e-6);
  }
}

TEST(SparseItemItem, AnEmptyRowSaysNothing) {
  const Given model(random_weights(15));
  const std::vector<std::int32_t> silent = {4}, both = {4, 5};
  EXPECT_FALSE(model.personalises({.history = silent}));
  EXPECT_TRUE(model.personalises({.history = both}));
  EXPECT_TRUE(model.similar_items(4, 5).empty());
}

TEST(SparseItemItem, SimilarItemsAreTheLargestPositiveWeightsOfTheRow) {
  const Given model(random_weights(15));
  for (std::int32_t item = 0; item < 15; ++item) {
    std::vector<ScoredIndex> all;
    for (std::int32_t j = 0; j < 15; ++j)
      if (j != item) all.push_back({j, weight(model.weights(), item, j)});
    EXPECT_EQ(model.similar_items(item, 3), best_positive(all, 3));
  }
}

TEST(SparseItemItem, ExplanationsAreTheSharesOfTheScore) {
  const Given model(random_weights(15));
  const std::vector<std::int32_t> history = {9, 4, 0, 13};
  for (std::int32_t item = 0; item < 15; ++item) {
    std::vector<ScoredIndex> shares;
    for (const std::int32_t h : history) shares.push_back({h, weight(model.weights(), h, item)});
    EXPECT_EQ(model.explain({.history = history}, item, 2), best_positive(shares, 2));
  }
}

}  // namespace
}  // namespace genre
