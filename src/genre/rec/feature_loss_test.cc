#include "genre/rec/feature_loss.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error_of_test.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/gradient_check_test.h"
#include "genre/rec/bert4rec.h"
#include "genre/rec/sasrec.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/two_tower.h"

namespace genre {
namespace {

constexpr std::int64_t kToldItems = 5, kToldFeatures = 4, kToldWidth = 3;

// Items with one feature, several and none; states that foretell each of them.
class FeatureLossTest : public testing::Test {
 protected:
  FeatureLossTest() : states_(6, kToldWidth), vectors_(kToldItems, kToldWidth) {
    RandomStream random(5, "states");
    neural::fill_normal(states_, 1, random);
    neural::fill_normal(vectors_, 1, random);
  }
  FeatureLoss make(double weight) {
    parameters_ = {};
    return {weight,
            csr_from_triplets(kToldItems, kToldFeatures,
                              {{0, 1, 1}, {1, 0, 1}, {1, 2, 1}, {1, 3, 1}, {3, 3, 1}, {4, 0, 1}, {4, 1, 1}}),
            kToldWidth,
            11,
            1,
            parameters_};
  }
  void spread_features() {
    RandomStream random(3, "features");
    neural::fill_normal(parameters_.value(0), 1, random);
  }
  double loss(FeatureLoss& of, std::int64_t step = 1) {
    neural::Gradients unused(parameters_);
    Matrix d_states(states_.rows(), kToldWidth), d_vectors(kToldItems, kToldWidth);
    of.start(step, parameters_, vectors_);
    return of.learn(0, states_, wanted_, 1, d_states.view(), d_vectors.view(), unused);
  }
  // -log softmax(row . told features), the mean over the features of the item.
  double definition(std::span<const float> row, const std::vector<int>& own) const {
    std::vector<double> logits;
    double sum = 0, out = 0;
    for (std::int64_t f = 0; f < kToldFeatures; ++f) {
      logits.push_back(dot(row.data(), parameters_.value(0).row(f).data(), kToldWidth));
      sum += std::exp(logits.back());
    }
    for (const int f : own) out += (std::log(sum) - logits[f]) / static_cast<double>(own.size());
    return out;
  }

  std::vector<std::int32_t> wanted_ = {0, 1, 2, 3, 4, 0};
  Matrix states_, vectors_;
  neural::Parameters parameters_;
};

TEST_F(FeatureLossTest, GradientsAreThoseOfTheWeightedLossAndAreAdded) {
  FeatureLoss told = make(0.5);
  spread_features();
  neural::Gradients gradients(parameters_);
  Matrix d_states(states_.rows(), kToldWidth), d_vectors(kToldItems, kToldWidth);
  std::fill_n(d_states.data(), d_states.rows() * kToldWidth, 1.0f);
  told.start(1, parameters_, vectors_);
  told.learn(0, states_, wanted_, 2, d_states.view(), d_vectors.view(), gradients);
  for (std::int64_t n = 0; n < d_states.rows() * kToldWidth; ++n) d_states.data()[n] -= 1;
  const auto weighted = [&] { return loss(told); };  // 0.5 times the factor 2
  neural::expect_gradient(states_, d_states, weighted, "states", 1e-3);
  neural::expect_gradient(vectors_, d_vectors, weighted, "vectors", 1e-3);
  neural::expect_gradient(parameters_.value(0), gradients[0], weighted, "features", 1e-3);
}

TEST_F(FeatureLossTest, DrawsMeanEvenSharesForTheFeaturesOfAnItem) {
  FeatureLoss told = make(1);
  spread_features();
  double wanted = 0;
  const std::vector<std::vector<int>> own = {{1}, {0, 2, 3}, {}, {3}, {0, 1}};
  for (std::size_t t = 0; t < wanted_.size(); ++t) {
    const std::int32_t item = wanted_[t];
    if (own[item].size() == 0) continue;
    wanted +=
        definition(states_.row(static_cast<std::int64_t>(t)), own[item]) + definition(vectors_.row(item), own[item]);
  }
  double mean = 0;
  constexpr int kDraws = 20'000;
  for (int step = 1; step <= kDraws; ++step) mean += loss(told, step) / kDraws;
  EXPECT_NEAR(mean, wanted, 0.01 * wanted);
}

template <class Options>
Options small_told() {
  Options out;
  out.factors = 16;
  out.length = 12;
  out.epochs = 3;
  out.batch = 16;
  out.learning_rate = 1e-2;
  out.feature_loss = 0.5;
  return out;
}

std::vector<float> told_scores(const NextItemOptions& options, const SmallWorld& world) {
  const auto model = options.build();
  model->fit(world.data());
  return scores_of(*model, {.history = world.interactions.row_indices(0)});
}

TEST(FeatureLoss, TheNumberOfThreadsChangesNothingAndTheWeightDoes) {
  const SmallWorld world = small_world(60, 20);
  const auto expect = [&](auto options) {
    set_global_threads(1);
    const auto one = told_scores(options, world);
    set_global_threads(3);
    EXPECT_EQ(told_scores(options, world), one) << options.name();
    set_global_threads(0);
    options.feature_loss = 0;
    const auto without = told_scores(options, world);
    EXPECT_NE(without, one) << options.name();
    options.feature_loss = 1e-30;  // draws come from streams of their own
    EXPECT_EQ(told_scores(options, world), without) << options.name();
  };
  expect(small_told<SasRecOptions>());
  expect(small_told<Bert4RecOptions>());
  auto cosines = small_told<TwoTowerOptions>();
  cosines.scorer.name = "cosine";
  expect(cosines);
}

// Theme by theme: how much nearer items are to those of their own theme than to others.
double apart(const Recommender& model, const SmallWorld& world) {
  double own = 0, count = 0;
  for (std::int32_t item = 0; item < world.interactions.cols; ++item)
    for (const ScoredIndex& near : dynamic_cast<const FindsSimilarItems&>(model).similar_items(item, 4)) {
      own += near.index % 4 == item % 4 ? 1 : 0;
      ++count;
    }
  return own / count;
}

// Not one item is told from another, and items of a theme come together: what a run can start from.
TEST(FeatureLoss, AloneItIsAPretraining) {
  const SmallWorld world = small_world(60, 20);
  auto options = small_told<SasRecOptions>();
  options.loss.name = "none";
  options.epochs = 80;
  const auto before = options.build();
  before->fit(world.data());
  EXPECT_GT(apart(*before, world), 0.9);

  std::vector<std::int32_t> items(world.interactions.cols);
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<std::int32_t>(i);
  const StartingPoint start{.model = *before, .items = items, .known = {}};
  TrainingData data = world.data();
  data.start = &start;
  auto going_on = small_told<SasRecOptions>();
  going_on.epochs = 0;
  going_on.feature_loss = 0;
  going_on.start_run = "before";
  const auto after = going_on.build();
  after->fit(data);
  EXPECT_EQ(apart(*after, world), apart(*before, world));
}

TEST(FeatureLoss, RefusesWhatTeachesNothing) {
  SmallWorld world = small_world(60, 20);
  auto options = small_told<SasRecOptions>();
  options.frozen_network = true;
  EXPECT_EQ(error_of([&] { options.build(); }).place().key, "model.feature_loss");
  options = small_told<SasRecOptions>();
  TrainingData data = world.data();
  data.item_features = nullptr;
  EXPECT_EQ(error_of([&] { options.build()->fit(data); }).code(), ErrorCode::kData);
  options.loss.name = "none";
  EXPECT_NO_THROW(options.build());
  options.feature_loss = 0;
  EXPECT_EQ(error_of([&] { options.build(); }).place().key, "model.loss");
  options.contrast.weight = 1;
  EXPECT_NO_THROW(options.build());
}

TEST(FeatureLoss, ItsMemoryIsCounted) {
  const DataSize size{.users = 600, .items = 4000, .interactions = 60'000};
  auto options = small_told<SasRecOptions>();
  const std::int64_t with = options.fit_bytes(size);
  options.feature_loss = 0;
  EXPECT_GT(with, options.fit_bytes(size) + 4 * 2 * 2 * 16 * 12 * 16);
}

}  // namespace
}  // namespace genre
