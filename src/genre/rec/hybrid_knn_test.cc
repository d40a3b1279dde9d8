#include "genre/rec/hybrid_knn.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/rec/dense_test.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// Cosines between rows, what is below 0 cut off.
Dense cosines(const Dense& rows, double shrink) {
  Dense out(rows.size(), std::vector<double>(rows.size(), 0.0));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows.size(); ++j) {
      double product = 0, ii = 0, jj = 0;
      for (std::size_t n = 0; n < rows[i].size(); ++n) {
        product += rows[i][n] * rows[j][n];
        ii += rows[i][n] * rows[i][n];
        jj += rows[j][n] * rows[j][n];
      }
      if (product > 0) out[i][j] = product / (std::sqrt(ii * jj) + shrink);
    }
  }
  return out;
}

Dense centred(const Matrix& vectors) {
  Dense out(vectors.rows(), std::vector<double>(vectors.cols()));
  for (std::int64_t d = 0; d < vectors.cols(); ++d) {
    double mean = 0;
    for (std::int64_t i = 0; i < vectors.rows(); ++i) mean += vectors.row(i)[d] / static_cast<double>(vectors.rows());
    for (std::int64_t i = 0; i < vectors.rows(); ++i) out[i][d] = vectors.row(i)[d] - mean;
  }
  return out;
}

TEST(HybridKnn, EqualsTheMixOfDenseCosines) {
  const SmallWorld world = small_world(40, 30, 5, 4, /*cold=*/3);
  const Dense users = cosines(dense(transpose(world.interactions)), 2), text = cosines(centred(world.item_vectors), 0),
              features = cosines(dense(world.item_features), 0);
  for (const auto* side : {"text", "features", "both"}) {
    HybridKnnOptions options;
    options.side = side;
    options.side_weight = 0.3;
    options.shrink = 2;
    options.neighbours = side == std::string("features") ? 29 : 6;  // features tie too often for a cut
    HybridKnn model(options);
    model.fit(world.data());
    for (std::int32_t j = 0; j < 30; ++j) {
      std::vector<ScoredIndex> all;
      for (std::int32_t i = 0; i < 30; ++i) {
        const double other = side == std::string("text")       ? text[i][j]
                             : side == std::string("features") ? features[i][j]
                                                               : (text[i][j] + features[i][j]) / 2;
        if (i != j) all.push_back({i, static_cast<float>(0.7 * users[i][j] + 0.3 * other)});
      }
      const auto wanted = best_positive(all, options.neighbours), found = model.similar_items(j, 100);
      ASSERT_EQ(found.size(), wanted.size()) << side << " " << j;
      for (std::size_t n = 0; n < found.size(); ++n) EXPECT_NEAR(found[n].score, wanted[n].score, 1e-5);
    }
  }
}

TEST(HybridKnn, ItemsThatNobodyTouchedAreFoundByTheirSide) {
  const SmallWorld world = small_world(40, 24, 1, 4, /*cold=*/4);
  for (const auto* side : {"text", "features", "both"}) {
    HybridKnnOptions options;
    options.side = side;
    HybridKnn model(options);
    model.fit(world.data());
    const std::vector<std::int32_t> history = {2, 6}, cold = {22};  // theme 2; of the cold items 20 to 23, number 22
    const auto scores = scores_of(model, {.history = history});
    for (const int other : {20, 21, 23}) EXPECT_GT(scores[22], scores[other]) << side;
    EXPECT_FALSE(model.similar_items(22, 5).empty());
    EXPECT_TRUE(model.personalises({.history = cold}));
  }
}

TEST(HybridKnn, WithoutASideItIsItemKnn) {
  const SmallWorld world = small_world(40, 30, 5);
  HybridKnnOptions options;
  options.side_weight = 0;
  options.neighbours = 7;
  options.weighting = "tf_idf";
  HybridKnn model(options);
  model.fit(world.data());
  ItemKnnOptions plain;
  plain.neighbours = 7;
  plain.weighting = "tf_idf";
  ItemKnn knn(plain);
  knn.fit(world.data());
  for (std::int32_t user = 0; user < 40; ++user) {
    const Query query{.history = world.interactions.row_indices(user)};
    const auto a = scores_of(model, query), b = scores_of(knn, query);
    for (std::int32_t item = 0; item < 30; ++item) EXPECT_NEAR(a[item], b[item], 1e-5);
  }
}

TEST(HybridKnn, ASideThatIsMissingIsAnError) {
  const SmallWorld world = small_world(10, 8);
  HybridKnnOptions options;
  options.side = "features";
  HybridKnn model(options);
  EXPECT_THROW(model.fit({world.interactions, world.item_vectors, 7}), Error);
  const CsrMatrix few = csr_from_triplets(3, 2, {{0, 0, 1}});
  EXPECT_THROW(model.fit({world.interactions, world.item_vectors, 7, nullptr, {}, {}, &few}), Error);
}

}  // namespace
}  // namespace genre
