#include "genre/rec/lightgcn.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/rec/lightgcn_training.h"
#include "genre/rec/preference_epochs.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr std::int64_t kLightGcnWidth = 4;

LightGcnOptions small_options(int layers) {
  LightGcnOptions options;
  options.factors = kLightGcnWidth;
  options.layers = layers;
  options.epochs = 3;
  options.batch = 32;
  options.learning_rate = 0.01;
  return options;
}

using Vectors = std::vector<std::vector<double>>;  // by node, users first

Vectors vectors_of(const neural::NodeVectors& nodes) {
  Vectors out;
  for (const Matrix* const side : {&nodes.users, &nodes.items})
    for (std::int64_t r = 0; r < side->rows(); ++r) out.emplace_back(side->row(r).begin(), side->row(r).end());
  return out;
}

// Layers 0 to L of the graph.
std::vector<Vectors> plain_layers(const CsrMatrix& x, int layers, const Vectors& embeddings) {
  std::vector<double> degree(x.rows + x.cols);
  for (std::int64_t u = 0; u < x.rows; ++u)
    for (const std::int32_t i : x.row_indices(u)) ++degree[u], ++degree[x.rows + i];
  std::vector<Vectors> out = {embeddings};
  for (int layer = 1; layer <= layers; ++layer) {
    Vectors next(embeddings.size(), std::vector<double>(kLightGcnWidth));
    for (std::int64_t u = 0; u < x.rows; ++u)
      for (const std::int32_t i : x.row_indices(u))
        for (std::int64_t d = 0; d < kLightGcnWidth; ++d) {
          const double weight = 1 / std::sqrt(degree[u] * degree[x.rows + i]);
          next[u][d] += weight * out.back()[x.rows + i][d];
          next[x.rows + i][d] += weight * out.back()[u][d];
        }
    out.push_back(std::move(next));
  }
  return out;
}

Vectors plain_mean(const CsrMatrix& x, int layers, const Vectors& embeddings) {
  Vectors out(embeddings.size(), std::vector<double>(kLightGcnWidth));
  for (const Vectors& layer : plain_layers(x, layers, embeddings))
    for (std::size_t n = 0; n < out.size(); ++n)
      for (std::int64_t d = 0; d < kLightGcnWidth; ++d) out[n][d] += layer[n][d] / (layers + 1);
  return out;
}

double inner(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += a[d] * b[d];
  return sum;
}

class LightGcnOfLayers : public ::testing::TestWithParam<int> {
 protected:
  SmallWorld world_ = small_world(20, 15, 1, 4, /*cold=*/1);
  LightGcnOptions options_ = small_options(GetParam());
};

TEST_P(LightGcnOfLayers, AStepFollowsTheDifferencesOfThePlainLoss) {
  const CsrMatrix& x = world_.interactions;
  options_.epochs = 0;
  const neural::NodeVectors before = train_lightgcn(options_, world_.data()).embeddings;
  options_.epochs = 1;
  options_.batch = 1 << 20;
  options_.l2 = 0.1;
  const Vectors moved = vectors_of(train_lightgcn(options_, world_.data()).embeddings);
  PreferenceEpochs epochs(x, world_.data().seed);
  const auto preferences = epochs.draw(0);
  const auto loss = [&](const Vectors& e) {
    const Vectors mean = plain_mean(x, GetParam(), e);
    double sum = 0;
    for (const auto& one : preferences) {
      const std::size_t i = x.rows + one.item, j = x.rows + one.other;
      sum += std::log1p(std::exp(inner(mean[one.user], mean[j]) - inner(mean[one.user], mean[i])));
      sum += options_.l2 / 2 * (inner(e[one.user], e[one.user]) + inner(e[i], e[i]) + inner(e[j], e[j]));
    }
    return sum / static_cast<double>(preferences.size());
  };
  const Vectors start = vectors_of(before);
  int compared = 0;
  for (std::size_t n = 0; n < start.size(); ++n)
    for (std::int64_t d = 0; d < kLightGcnWidth; ++d) {
      Vectors up = start, down = start;
      up[n][d] += 1e-5;
      down[n][d] -= 1e-5;
      const double slope = (loss(up) - loss(down)) / 2e-5;
      if (std::abs(slope) < 1e-5) continue;
      // The first step of Adam is as long as the rate, against the slope.
      EXPECT_NEAR((moved[n][d] - start[n][d]) / options_.learning_rate, slope > 0 ? -1 : 1, 2e-3) << n << ' ' << d;
      ++compared;
    }
  EXPECT_GT(compared, 100);  // of 140
}

TEST_P(LightGcnOfLayers, AUserScoresByTheMeanOfPlainLayers) {
  const CsrMatrix& x = world_.interactions;
  const Vectors mean = plain_mean(x, GetParam(), vectors_of(train_lightgcn(options_, world_.data()).embeddings));
  LightGcn model(options_);
  model.fit(world_.data());
  for (std::int32_t user = 0; user < 20; ++user) {
    const auto scores = scores_of(model, {.user = user, .history = x.row_indices(user)});
    for (std::int64_t item = 0; item < 15; ++item)
      EXPECT_NEAR(scores[item], inner(mean[user], mean[20 + item]), 1e-5) << user << ' ' << item;
  }
}

TEST_P(LightGcnOfLayers, AStrangerReadsWhatPlainLayersGiveToANodeOfNoVector) {
  const CsrMatrix& x = world_.interactions;
  const Vectors embeddings = vectors_of(train_lightgcn(options_, world_.data()).embeddings);
  const auto layers = plain_layers(x, GetParam(), embeddings);
  const Vectors mean = plain_mean(x, GetParam(), embeddings);
  const CsrMatrix by_item = transpose(x);
  LightGcn model(options_);
  model.fit(world_.data());
  const std::vector<std::int32_t> history = {9, 2, 14, 5};  // 14 is nobody's
  ASSERT_TRUE(by_item.row_indices(14).empty());
  std::vector<double> stranger(kLightGcnWidth);
  for (const std::int32_t item : history) {
    const double degree = std::max<double>(1, static_cast<double>(by_item.row_indices(item).size()));
    for (int layer = 1; layer <= GetParam(); ++layer)
      for (std::int64_t d = 0; d < kLightGcnWidth; ++d)
        stranger[d] += layers[layer - 1][20 + item][d] / std::sqrt(4 * degree) / (GetParam() + 1);
  }
  const auto scores = scores_of(model, {.history = history});
  for (std::int64_t item = 0; item < 15; ++item)
    EXPECT_NEAR(scores[item], inner(stranger, mean[20 + item]), 1e-5) << item;
}

TEST_P(LightGcnOfLayers, AStrangerWithTheHistoryOfAUserLacksTheUsersOwnVectorAlone) {
  const TrainedLightGcn trained = train_lightgcn(options_, world_.data());
  LightGcn model(options_);
  model.fit(world_.data());
  for (std::int32_t user = 0; user < 20; ++user) {
    const auto history = world_.interactions.row_indices(user);
    const auto known = scores_of(model, {.user = user, .history = history}),
               stranger = scores_of(model, {.history = history});
    for (std::int64_t item = 0; item < 15; ++item) {
      double own = 0;
      for (std::int64_t d = 0; d < kLightGcnWidth; ++d)
        own += trained.embeddings.users.row(user)[d] * trained.vectors.items.row(item)[d] / (GetParam() + 1);
      EXPECT_NEAR(known[item] - stranger[item], own, 1e-5) << user << ' ' << item;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, LightGcnOfLayers, ::testing::Values(1, 2, 3));

TEST(LightGcn, LearnsToPutPositivesFirstForUsersAndStrangers) {
  const SmallWorld world = small_world(150, 200, 3);
  LightGcnOptions options;
  options.factors = 16;
  options.batch = 512;
  options.learning_rate = 0.01;
  options.epochs = 60;
  LightGcn model(options);
  model.fit(world.data());
  EXPECT_GT(auc(model, world, true), 0.85);
  EXPECT_GT(auc(model, world, false), 0.8);
}

TEST(LightGcn, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(150, 200, 3);
  LightGcnOptions options;
  options.epochs = 3;
  options.batch = 700;
  const auto trained = [&](int threads) {
    set_global_threads(threads);
    return train_lightgcn(options, world.data());
  };
  const TrainedLightGcn one = trained(1), three = trained(3);
  set_global_threads(0);
  EXPECT_TRUE(std::ranges::equal(one.vectors.users.values(), three.vectors.users.values()));
  EXPECT_TRUE(std::ranges::equal(one.vectors.items.values(), three.vectors.items.values()));
  EXPECT_TRUE(std::ranges::equal(one.history_items.values(), three.history_items.values()));
}

TEST(LightGcn, ATrainingThatDivergesNamesTheStep) {
  LightGcnOptions options = small_options(2);
  options.learning_rate = 1e30;
  LightGcn model(options);
  const SmallWorld world = small_world(60, 40);
  try {
    model.fit(world.data());
    FAIL() << "trained";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kRuntime);
    EXPECT_STREQ(error.what(), "the gradient of step 2 is not finite");
  }
}

TEST(LightGcn, UsersWithoutInteractionsAreNotRemembered) {
  const SmallWorld world = small_world(30, 40, 3);
  std::vector<Triplet> some;
  for (std::int32_t u = 1; u < 30; ++u)
    for (const std::int32_t i : world.interactions.row_indices(u)) some.push_back({u, i, 1});
  const CsrMatrix interactions = csr_from_triplets(30, 40, some);
  LightGcn model(small_options(2));
  model.fit({interactions, {}, 7});
  EXPECT_FALSE(model.personalises({.user = 0}));
  EXPECT_TRUE(model.personalises({.user = 1}));
}

TEST(LightGcn, RefusesVectorsForOtherItems) {
  const SmallWorld world = small_world(20, 15), other = small_world(20, 16);
  LightGcn model(small_options(2)), larger(small_options(2));
  model.fit(world.data());
  larger.fit(other.data());
  const auto file = std::filesystem::path(::testing::TempDir()) / "lightgcn.safetensors";
  SafetensorsWriter out;
  model.save(out, "a.");
  larger.save(out, "b.");
  out.write(file);
  const SafetensorsFile both(file);
  SafetensorsWriter mixed;
  for (const auto* const name : {"a.items", "a.users", "b.history_items"}) {
    const auto& tensor = both.at(name);
    mixed.add_bytes(std::string("x") + std::string(name).substr(1), tensor.dtype, tensor.shape, tensor.bytes);
  }
  const auto bent = std::filesystem::path(::testing::TempDir()) / "lightgcn_mixed.safetensors";
  mixed.write(bent);
  EXPECT_THROW(LightGcn(small_options(2)).load(SafetensorsFile(bent), "x."), Error);
}

}  // namespace
}  // namespace genre
