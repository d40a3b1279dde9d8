#include "genre/rec/pure_svd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/linalg/symmetric_eigen.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(PureSvd, ScoresAreTheHistoryProjectedOnTheLeadingEigenvectors) {
  const SmallWorld world = small_world(80, 30, 3);
  PureSvdOptions options;
  options.factors = 3;
  PureSvd model(options);
  model.fit(world.data());
  std::vector<double> gram(30 * 30, 0.0);
  for (std::int64_t u = 0; u < 80; ++u)
    for (const std::int32_t i : world.interactions.row_indices(u))
      for (const std::int32_t j : world.interactions.row_indices(u)) gram[i * 30 + j] += 1;
  const SymmetricEigen eigen = symmetric_eigen(gram, 30);
  const std::vector<std::int32_t> history = {4, 17, 2};
  const std::vector<float> values = {1, 0.5f, 2};
  const auto scores = scores_of(model, {.history = history, .history_values = values});
  for (std::int64_t j = 0; j < 30; ++j) {
    double wanted = 0;
    for (int k = 0; k < 3; ++k) {
      const double* const q = eigen.vectors.data() + k * 30;
      wanted += (q[4] + 0.5 * q[17] + 2 * q[2]) * q[j];
    }
    EXPECT_NEAR(scores[j], wanted, 2e-3);
  }
}

TEST(PureSvd, AllFactorsGiveTheHistoryBack) {
  const SmallWorld world = small_world(80, 12, 3);
  PureSvdOptions options;
  options.factors = 50;  // more than there are items
  PureSvd model(options);
  model.fit(world.data());
  const auto history = world.interactions.row_indices(5);
  const auto scores = scores_of(model, {.history = history});
  for (std::int32_t j = 0; j < 12; ++j)
    EXPECT_NEAR(scores[j], std::binary_search(history.begin(), history.end(), j) ? 1 : 0, 1e-4);
}

TEST(PureSvd, SimilarItemsOfAllFactorsAreThoseByTheCosineOfTheColumns) {
  const SmallWorld world = small_world(80, 12, 3);
  PureSvd model({});
  model.fit(world.data());
  const CsrMatrix by_item = transpose(world.interactions);
  for (std::int32_t item = 0; item < 12; ++item) {
    for (const auto& [other, score] : model.similar_items(item, 12)) {
      double common = 0;
      for (const std::int32_t u : by_item.row_indices(item))
        for (const std::int32_t v : by_item.row_indices(other)) common += u == v ? 1 : 0;
      const double lengths = std::sqrt(static_cast<double>(by_item.row_indices(item).size()) *
                                       static_cast<double>(by_item.row_indices(other).size()));
      EXPECT_NEAR(score, common / lengths, 1e-4);
    }
  }
}

}  // namespace
}  // namespace genre
