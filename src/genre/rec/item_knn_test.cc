#include "genre/rec/item_knn.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/rec/dense_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// The definition, without a thought for speed: dense columns, all pairs, full sorts.
Dense naive_weights(const CsrMatrix& interactions, const ItemKnnOptions& options) {
  const std::int64_t users = interactions.rows, items = interactions.cols;
  Dense x(users, std::vector<double>(items, 0.0));
  std::vector<double> length(items, 0.0), idf(users, 0.0);
  double total = 0;
  for (std::int64_t u = 0; u < users; ++u) {
    const auto row = interactions.row_indices(u);
    idf[u] = std::log(static_cast<double>(items) / (1.0 + static_cast<double>(row.size())));
    for (std::size_t n = 0; n < row.size(); ++n) {
      x[u][row[n]] = interactions.row_values(u)[n];
      length[row[n]] += interactions.row_values(u)[n];
      total += interactions.row_values(u)[n];
    }
  }
  for (std::int64_t u = 0; u < users; ++u) {
    for (std::int64_t i = 0; i < items; ++i) {
      if (x[u][i] == 0) continue;
      if (options.similarity == "jaccard")
        x[u][i] = 1;
      else if (options.weighting == "tf_idf")
        x[u][i] = std::sqrt(x[u][i]) * idf[u];
      else if (options.weighting == "bm25")
        x[u][i] =
            x[u][i] * 2.2 / (x[u][i] + 1.2 * (0.25 + 0.75 * length[i] / (total / static_cast<double>(items)))) * idf[u];
    }
  }
  Dense weights(items, std::vector<double>(items, 0.0));
  for (std::int64_t j = 0; j < items; ++j) {
    std::vector<std::pair<double, std::int64_t>> order;
    for (std::int64_t i = 0; i < items; ++i) {
      double product = 0, ii = 0, jj = 0;
      for (std::int64_t u = 0; u < users; ++u) {
        product += x[u][i] * x[u][j];
        ii += x[u][i] * x[u][i];
        jj += x[u][j] * x[u][j];
      }
      double similarity = product;
      if (options.similarity == "jaccard")
        similarity = product / (ii + jj - product + options.shrink);
      else if (options.similarity == "cosine" && options.normalise)
        similarity = product / (std::sqrt(ii * jj) + options.shrink);
      if (i != j && similarity > 0) order.push_back({-similarity, i});
    }
    std::sort(order.begin(), order.end());
    for (std::size_t n = 0; n < order.size() && n < static_cast<std::size_t>(options.neighbours); ++n)
      weights[order[n].second][j] = -order[n].first;
  }
  return weights;
}

// Adjusted cosine over dense ratings; a user who did not rate an item has 0 there.
Dense adjusted_similarities(const CsrMatrix& ratings, double shrink) {
  const std::int64_t users = ratings.rows, items = ratings.cols;
  Dense x(users, std::vector<double>(items, 0.0)), out(items, std::vector<double>(items, 0.0));
  for (std::int64_t u = 0; u < users; ++u) {
    double mean = 0;
    for (const float value : ratings.row_values(u)) mean += value / static_cast<double>(ratings.row_values(u).size());
    for (std::size_t n = 0; n < ratings.row_indices(u).size(); ++n)
      x[u][ratings.row_indices(u)[n]] = ratings.row_values(u)[n] - mean;
  }
  for (std::int64_t i = 0; i < items; ++i) {
    for (std::int64_t j = 0; j < items; ++j) {
      double product = 0, ii = 0, jj = 0;
      for (std::int64_t u = 0; u < users; ++u) {
        product += x[u][i] * x[u][j];
        ii += x[u][i] * x[u][i];
        jj += x[u][j] * x[u][j];
      }
      if (i != j && product > 0) out[i][j] = product / (std::sqrt(ii * jj) + shrink);
    }
  }
  return out;
}

SmallWorld weighted_world() {
  SmallWorld world = small_world(50, 30, 5);
  RandomStream random(11, "values");
  for (float& value : world.interactions.values) value = 0.5f + static_cast<float>(random.uniform());
  return world;
}

TEST(ItemKnn, EqualsTheNaiveDenseModel) {
  const SmallWorld world = weighted_world();
  for (const auto* similarity : {"cosine", "dot", "jaccard"}) {
    for (const auto* weighting : {"none", "tf_idf", "bm25"}) {
      for (const double shrink : {0.0, 3.0}) {
        ItemKnnOptions options;
        options.neighbours = similarity == std::string("jaccard") ? 29 : 7;  // jaccard ties too often for a cut
        options.similarity = similarity;
        options.weighting = weighting;
        options.shrink = shrink;
        ItemKnn model(options);
        model.fit(world.data());
        const Dense weights = naive_weights(world.interactions, options);
        for (std::int64_t u = 0; u < 50; ++u) {
          const auto history = world.interactions.row_indices(u);
          const auto values = world.interactions.row_values(u);
          const auto scores = scores_of(model, {.history = history, .history_values = values});
          for (std::int64_t j = 0; j < 30; ++j) {
            double wanted = 0;
            for (std::size_t h = 0; h < history.size(); ++h) wanted += values[h] * weights[history[h]][j];
            EXPECT_NEAR(scores[j], wanted, 1e-5 * (1 + std::abs(wanted)))
                << similarity << " " << weighting << " user " << u << " item " << j;
          }
        }
      }
    }
  }
}

TEST(ItemKnn, ACosineWithoutNormsIsTheDotProduct) {
  const SmallWorld world = weighted_world();
  ItemKnnOptions bare, dot;
  bare.normalise = false;
  dot.similarity = "dot";
  ItemKnn a(bare), b(dot);
  a.fit(world.data());
  b.fit(world.data());
  EXPECT_EQ(scores_of(a, {.history = world.interactions.row_indices(0)}),
            scores_of(b, {.history = world.interactions.row_indices(0)}));
}

TEST(ItemKnn, AdjustedCosineIsOverRatingsMinusTheMeanOfTheUser) {
  const SmallWorld world = small_world(50, 30, 5);
  ItemKnnOptions options;
  options.similarity = "adjusted_cosine";
  options.shrink = 0.5;
  ItemKnn model(options);
  model.fit(world.data());
  const Dense wanted = adjusted_similarities(world.ratings, 0.5);
  for (std::int32_t item = 0; item < 30; ++item) {
    const std::vector<std::int32_t> history = {item};
    const auto scores = scores_of(model, {.history = history});
    for (std::int32_t other = 0; other < 30; ++other) EXPECT_NEAR(scores[other], wanted[item][other], 1e-5);
  }
}

TEST(ItemKnn, EqualRatingsSayNothingInAdjustedCosine) {
  const SmallWorld world = small_world(20, 12);
  ItemKnnOptions options;
  options.similarity = "adjusted_cosine";
  ItemKnn model(options);
  model.fit({world.interactions, {}, 7});
  EXPECT_FALSE(model.personalises({.history = world.interactions.row_indices(0)}));
}

TEST(ItemKnn, SimilarItemsAreTheNeighboursThatWereKept) {
  const SmallWorld world = weighted_world();
  ItemKnnOptions options;
  options.neighbours = 3;
  ItemKnn model(options);
  model.fit(world.data());
  const Dense weights = naive_weights(world.interactions, options);
  for (std::int32_t item = 0; item < 30; ++item) {
    const auto similar = model.similar_items(item, 10);
    ASSERT_EQ(similar.size(), 3u);
    for (const auto& [other, score] : similar) EXPECT_NEAR(score, weights[other][item], 1e-5);
  }
}

TEST(ItemKnn, AnItemWithoutInteractionsSaysNothing) {
  const SmallWorld world = small_world(20, 12, 1, 4, /*cold=*/2);
  ItemKnn model({});
  model.fit(world.data());
  const std::vector<std::int32_t> cold = {11};
  EXPECT_FALSE(model.personalises({.history = cold}));
  EXPECT_TRUE(model.similar_items(11, 5).empty());
}

TEST(ItemKnn, ADamagedFileIsRefused) {
  const SmallWorld world = small_world(20, 12);
  ItemKnn model({});
  model.fit(world.data());
  SafetensorsWriter out;
  model.save(out, "");
  const auto path = std::filesystem::path(::testing::TempDir()) / "item_knn_damaged.safetensors";
  out.write(path);
  const SafetensorsFile file(path);
  SafetensorsWriter damaged;
  const std::vector<std::int32_t> wrong(file.at("indices").elements(), 99);
  for (const auto& [name, tensor] : file.tensors())
    if (name != "indices") damaged.add_bytes(name, tensor.dtype, tensor.shape, tensor.bytes);
  damaged.add("indices", std::span<const std::int32_t>(wrong), {static_cast<std::int64_t>(wrong.size())});
  const auto other = std::filesystem::path(path).replace_extension(".other");
  damaged.write(other);
  EXPECT_THROW(model.load(SafetensorsFile(other), ""), Error);
}

}  // namespace
}  // namespace genre
