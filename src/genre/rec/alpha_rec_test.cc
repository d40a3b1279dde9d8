#include "genre/rec/alpha_rec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error_of_test.h"
#include "genre/base/thread_pool.h"
#include "genre/rec/alpha_rec_training.h"
#include "genre/rec/centred_vectors.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr std::int64_t kAlphaWidth = 4, kAlphaHidden = 6;

AlphaRecOptions small_alpha(int layers) {
  AlphaRecOptions options;
  options.factors = kAlphaWidth;
  options.hidden = kAlphaHidden;
  options.layers = layers;
  options.epochs = 3;
  options.batch = 32;
  options.negatives = 0;
  options.learning_rate = 0.01;
  return options;
}

using PlainRows = std::vector<std::vector<double>>;

// Vectors of all nodes, users first, written out; weights in the order of the parameters.
PlainRows plain_alpha(const CsrMatrix& x, ConstMatrixView text, int layers, const neural::Parameters& weights) {
  const std::int64_t nodes = x.rows + x.cols;
  PlainRows texts(nodes, std::vector<double>(text.cols())), of_layer(nodes, std::vector<double>(kAlphaWidth));
  std::vector<double> degree(nodes);
  for (std::int64_t i = 0; i < x.cols; ++i) std::ranges::copy(text.row(i), texts[x.rows + i].begin());
  for (std::int64_t u = 0; u < x.rows; ++u)
    for (const std::int32_t i : x.row_indices(u)) {
      ++degree[u], ++degree[x.rows + i];
      for (std::int64_t p = 0; p < text.cols(); ++p)
        texts[u][p] += text.row(i)[p] / static_cast<double>(x.row_indices(u).size());
    }
  for (std::int64_t n = 0; n < nodes; ++n) {
    for (std::int64_t d = 0; d < kAlphaWidth; ++d) of_layer[n][d] = weights.value(3).data()[d];
    for (std::int64_t h = 0; h < kAlphaHidden; ++h) {
      double sum = weights.value(1).data()[h];
      for (std::int64_t p = 0; p < text.cols(); ++p) sum += weights.value(0).row(h)[p] * texts[n][p];
      for (std::int64_t d = 0; d < kAlphaWidth; ++d)
        of_layer[n][d] += weights.value(2).row(d)[h] * (sum < 0 ? sum / 100 : sum);
    }
  }
  PlainRows mean = of_layer;
  for (int layer = 1; layer <= layers; ++layer) {
    PlainRows next(nodes, std::vector<double>(kAlphaWidth));
    for (std::int64_t u = 0; u < x.rows; ++u)
      for (const std::int32_t i : x.row_indices(u))
        for (std::int64_t d = 0; d < kAlphaWidth; ++d) {
          next[u][d] += of_layer[x.rows + i][d] / std::sqrt(degree[u] * degree[x.rows + i]);
          next[x.rows + i][d] += of_layer[u][d] / std::sqrt(degree[u] * degree[x.rows + i]);
        }
    of_layer = std::move(next);
    for (std::int64_t n = 0; n < nodes; ++n)
      for (std::int64_t d = 0; d < kAlphaWidth; ++d) mean[n][d] += of_layer[n][d];
  }
  return mean;
}

double plain_cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double product = 0, of_a = 0, of_b = 0;
  for (std::size_t d = 0; d < a.size(); ++d) product += a[d] * b[d], of_a += a[d] * a[d], of_b += b[d] * b[d];
  return product / std::sqrt(of_a * of_b);
}

class AlphaRecOfLayers : public ::testing::TestWithParam<int> {
 protected:
  SmallWorld world_ = small_world(20, 15, 1, 4, /*cold=*/1);
  Matrix text_ = centre_vectors(world_.item_vectors, true).vectors;
  AlphaRecOptions options_ = small_alpha(GetParam());
};

TEST_P(AlphaRecOfLayers, AStepFollowsTheDifferencesOfThePlainLoss) {
  const CsrMatrix& x = world_.interactions;
  options_.epochs = 0;
  neural::Parameters weights = train_alpha_rec(options_, text_, world_.data()).parameters;
  options_.epochs = 1;
  options_.batch = 1 << 20;
  const neural::Parameters moved = train_alpha_rec(options_, text_, world_.data()).parameters;
  const auto loss = [&] {
    const PlainRows nodes = plain_alpha(x, text_, GetParam(), weights);
    double sum = 0;
    for (std::int64_t u = 0; u < x.rows; ++u)
      for (const std::int32_t wanted : x.row_indices(u)) {
        double others = 0;
        for (std::int64_t i = 0; i < 14; ++i)  // but for the one that is nobody's
          others += std::exp(plain_cosine(nodes[u], nodes[x.rows + i]) / options_.temperature);
        sum += std::log(others) - plain_cosine(nodes[u], nodes[x.rows + wanted]) / options_.temperature;
      }
    return sum / static_cast<double>(x.nonzeros());
  };
  int compared = 0;
  for (int number = 0; number < weights.size(); ++number)
    for (std::int64_t n = 0; n < weights.value(number).rows() * weights.value(number).cols(); ++n) {
      float& weight = weights.value(number).data()[n];
      const float before = weight;
      const auto at = [&](float other) {
        weight = other;
        return loss();
      };
      const double slope = (at(before + 1e-3f) - at(before - 1e-3f)) / 2e-3;
      weight = before;
      if (std::abs(slope) < 1e-4) continue;
      // The first step of Adam is as long as the rate, against the slope.
      EXPECT_NEAR((moved.value(number).data()[n] - before) / options_.learning_rate, slope > 0 ? -1 : 1, 1e-2)
          << weights[number].name << ' ' << n;
      ++compared;
    }
  EXPECT_GT(compared, 60);  // of 82
}

TEST_P(AlphaRecOfLayers, UsersAndStrangersScoreByCosinesOfPlainVectors) {
  const CsrMatrix& x = world_.interactions;
  const PlainRows nodes = plain_alpha(x, text_, GetParam(), train_alpha_rec(options_, text_, world_.data()).parameters);
  AlphaRec model(options_);
  model.fit(world_.data());
  for (std::int32_t user = 0; user < 20; ++user) {
    const auto scores = scores_of(model, {.history = x.row_indices(user)});
    for (std::int64_t item = 0; item < 15; ++item)
      EXPECT_NEAR(scores[item], plain_cosine(nodes[user], nodes[20 + item]), 1e-5) << user << ' ' << item;
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, AlphaRecOfLayers, ::testing::Values(1, 2, 3));

AlphaRecOptions learning_alpha() {
  AlphaRecOptions options;
  options.factors = 16;
  options.hidden = 32;
  options.batch = 512;
  options.learning_rate = 0.003;
  options.epochs = 40;
  return options;
}

TEST(AlphaRec, LearnsToPutPositivesFirst) {
  const SmallWorld world = small_world(150, 200, 3);
  for (const int negatives : {0, 50}) {
    AlphaRecOptions options = learning_alpha();
    options.negatives = negatives;
    AlphaRec model(options);
    model.fit(world.data());
    EXPECT_GT(auc(model, world, false), 0.7) << negatives;  // by chance .5
  }
}

TEST(AlphaRec, PlacesItemsThatNobodyHasByTheirText) {
  const SmallWorld world = small_world(150, 200, 3, 4, /*cold=*/20);
  AlphaRec model(learning_alpha());
  model.fit(world.data());
  double right = 0, all = 0;
  for (std::int32_t user = 0; user < 150; ++user) {
    const auto scores = scores_of(model, {.history = world.interactions.row_indices(user)});
    for (std::int32_t i = 180; i < 200; ++i)
      for (std::int32_t j = 180; j < 200; ++j)
        if (i % 4 == user % 4 && j % 4 != user % 4) {
          right += scores[i] > scores[j] ? 1 : 0;
          ++all;
        }
  }
  EXPECT_GT(right / all, 0.8);  // by chance .5
}

TEST(AlphaRec, AnswersWordsAsItAnswersTheItemThatSaysThem) {
  const SmallWorld world = small_world(60, 40, 3, 4, /*cold=*/1);
  AlphaRec model(learning_alpha());
  model.fit(world.data());
  const Query words{.text = world.item_vectors.row(39)};
  EXPECT_TRUE(model.personalises(words));
  const std::vector<std::int32_t> history = {39}, before = {2, 5}, with = {2, 5, 39};
  const auto expect_same = [&](const Query& said, const Query& had) {
    const auto found = scores_of(model, said), wanted = scores_of(model, had);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-5) << i;
  };
  expect_same(words, {.history = history});
  expect_same({.history = before, .text = words.text}, {.history = with});
}

TEST(AlphaRec, MasksItemsOfWhichNothingIsKnown) {
  SmallWorld world = small_world(60, 40, 3, 4, /*cold=*/1);
  std::ranges::fill(world.item_vectors.row(39), 0.0f);
  std::ranges::fill(world.item_vectors.row(2), 0.0f);
  AlphaRec model(small_alpha(2));
  model.fit(world.data());
  const auto scores = scores_of(model, {.history = world.interactions.row_indices(0)});
  EXPECT_EQ(scores[39], kMasked);
  EXPECT_NE(scores[2], kMasked);
}

TEST(AlphaRec, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(150, 200, 3);
  AlphaRecOptions options = learning_alpha();
  options.epochs = 3;
  const auto trained = [&](int threads) {
    set_global_threads(threads);
    return train_alpha_rec(options, world.item_vectors, world.data());
  };
  const TrainedAlphaRec one = trained(1), three = trained(3);
  set_global_threads(0);
  EXPECT_TRUE(std::ranges::equal(one.vectors.users.values(), three.vectors.users.values()));
  EXPECT_TRUE(std::ranges::equal(one.vectors.items.values(), three.vectors.items.values()));
  EXPECT_TRUE(std::ranges::equal(one.history_items.values(), three.history_items.values()));
}

TEST(AlphaRec, ATrainingThatDivergesNamesTheStep) {
  AlphaRecOptions options = small_alpha(2);
  options.learning_rate = 1e30;
  AlphaRec model(options);
  const SmallWorld world = small_world(60, 40);
  const Error error = error_of([&] { model.fit(world.data()); });
  EXPECT_EQ(error.code(), ErrorCode::kRuntime);
  EXPECT_STREQ(error.what(), "the gradient of step 2 is not finite");
}

TEST(AlphaRec, RefusesWordsOfAnotherWidth) {
  const SmallWorld world = small_world(60, 40);
  AlphaRec model(small_alpha(2));
  model.fit(world.data());
  const std::vector<float> text = {1, 0};
  EXPECT_EQ(error_of([&] { scores_of(model, {.text = text}); }).code(), ErrorCode::kData);
}

}  // namespace
}  // namespace genre
