#include "genre/rec/user_knn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "genre/rec/dense_test.h"
#include "genre/rec/rated_histories.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// The scores of the history by dense rows, all users compared. The history is a row of its own at the end of x.
std::vector<double> naive(const SmallWorld& world, const UserKnnOptions& options,
                          const std::vector<std::int32_t>& history, const std::vector<float>& values) {
  const std::int64_t users = world.interactions.rows, items = world.interactions.cols;
  const Dense liked = dense(world.interactions);
  Dense x = liked;
  x.emplace_back(items, 0.0);
  for (std::size_t h = 0; h < history.size(); ++h) x[users][history[h]] = values[h];
  std::vector<double> count(items, 0.0), length(users + 1, 0.0);
  double total = 0;
  for (std::int64_t u = 0; u <= users; ++u) {
    for (std::int64_t i = 0; i < items; ++i) {
      length[u] += x[u][i];
      if (u < users) count[i] += x[u][i] != 0 ? 1 : 0, total += x[u][i];
    }
  }
  if (options.similarity == "adjusted_cosine") {
    const Dense ratings = dense(world.ratings);
    const double m = rating_scale(world.ratings, world.interactions).liked;
    for (std::int64_t i = 0; i < items; ++i) {
      double sum = 0, n = 0;
      for (std::int64_t u = 0; u < users; ++u) sum += ratings[u][i], n += ratings[u][i] != 0 ? 1 : 0;
      for (std::int64_t u = 0; u < users; ++u) x[u][i] = ratings[u][i] != 0 ? ratings[u][i] - sum / n : 0;
      if (x[users][i] != 0) x[users][i] = m - sum / std::max(n, 1.0);
    }
  }
  for (std::int64_t u = 0; u <= users; ++u) {
    for (std::int64_t i = 0; i < items; ++i) {
      if (x[u][i] == 0 || options.similarity == "adjusted_cosine") continue;
      const double idf = std::log(static_cast<double>(users) / (1 + count[i])), v = x[u][i];
      if (options.similarity == "jaccard")
        x[u][i] = 1;
      else if (options.weighting == "tf_idf")
        x[u][i] = std::sqrt(v) * idf;
      else if (options.weighting == "bm25")
        x[u][i] = v * 2.2 / (v + 1.2 * (0.25 + 0.75 * length[u] / (total / static_cast<double>(users)))) * idf;
    }
  }
  std::vector<std::pair<double, std::int64_t>> similar;
  for (std::int64_t u = 0; u < users; ++u) {
    double product = 0, qq = 0, uu = 0;
    bool more = false;
    for (std::int64_t i = 0; i < items; ++i) {
      product += x[users][i] * x[u][i];
      qq += x[users][i] * x[users][i];
      uu += x[u][i] * x[u][i];
      more = more || (liked[u][i] != 0 && std::find(history.begin(), history.end(), i) == history.end());
    }
    double similarity = product;
    if (options.similarity == "jaccard")
      similarity = product / (qq + uu - product + options.shrink);
    else if (options.similarity != "dot" && options.normalise)
      similarity = product / (std::sqrt(qq * uu) + options.shrink);
    if (more && product > 0) similar.emplace_back(-similarity, u);
  }
  std::sort(similar.begin(), similar.end());
  if (similar.size() > static_cast<std::size_t>(options.neighbours)) similar.resize(options.neighbours);
  std::vector<double> out(items, 0.0);
  for (const auto& [similarity, u] : similar)
    for (std::int64_t i = 0; i < items; ++i) out[i] -= similarity * liked[u][i];
  return out;
}

TEST(UserKnn, EqualsTheNaiveDenseModel) {
  const SmallWorld world = weighted(small_world(50, 30, 5), 11);
  RandomStream random(2, "histories");
  for (const auto* similarity : {"cosine", "adjusted_cosine", "jaccard", "dot"}) {
    for (const auto* weighting : {"none", "tf_idf", "bm25"}) {
      for (const bool normalise : {true, false}) {
        UserKnnOptions options;
        options.neighbours = similarity == std::string("jaccard") ? 50 : 7;  // jaccard ties too often for a cut
        options.similarity = similarity;
        options.weighting = weighting;
        options.shrink = 1.5;
        options.normalise = normalise;
        UserKnn model(options);
        model.fit(world.data());
        for (int round = 0; round < 10; ++round) {
          std::vector<std::int32_t> history(30);
          std::iota(history.begin(), history.end(), 0);
          random.shuffle(std::span(history));
          history.resize(1 + random.below(10));
          std::vector<float> values;
          for (std::size_t h = 0; h < history.size(); ++h)
            values.push_back(0.5f + static_cast<float>(random.uniform()));
          const auto wanted = naive(world, options, history, values);
          const auto scores = scores_of(model, {.history = history, .history_values = values});
          for (std::int32_t item = 0; item < 30; ++item)
            EXPECT_NEAR(scores[item], wanted[item], 1e-4 * (1 + wanted[item]))
                << similarity << " " << weighting << " " << normalise << " item " << item;
        }
      }
    }
  }
}

TEST(UserKnn, AUserIsNoNeighbourOfTheOwnHistory) {
  const CsrMatrix interactions = csr_from_triplets(2, 3, {{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 2, 1}});
  UserKnn model({});
  model.fit({interactions, {}, 7});
  EXPECT_EQ(scores_of(model, {.user = 0, .history = interactions.row_indices(0)}), (std::vector<float>{.5f, 0, .5f}));
}

TEST(UserKnn, SharesAddUpToTheScore) {
  const SmallWorld world = weighted(small_world(50, 30, 5), 11);
  for (const auto* similarity : {"cosine", "jaccard"}) {
    UserKnnOptions options;
    options.similarity = similarity;
    UserKnn model(options);
    model.fit(world.data());
    const std::vector<std::int32_t> history = {4, 9, 22, 3};
    const auto scores = scores_of(model, {.history = history});
    for (std::int32_t item = 0; item < 30; ++item) {
      float sum = 0;
      for (const auto& share : model.explain({.history = history}, item, 10)) sum += share.score;
      EXPECT_NEAR(sum, scores[item], 1e-4);
    }
  }
}

TEST(UserKnn, EqualRatingsSayNothingInAdjustedCosine) {
  const SmallWorld world = small_world(20, 12);
  UserKnnOptions options;
  options.similarity = "adjusted_cosine";
  UserKnn model(options);
  model.fit({world.interactions, {}, 7});
  EXPECT_FALSE(model.personalises({.history = world.interactions.row_indices(0)}));
  for (const float score : scores_of(model, {.history = world.interactions.row_indices(0)})) EXPECT_EQ(score, 0);
}

}  // namespace
}  // namespace genre
