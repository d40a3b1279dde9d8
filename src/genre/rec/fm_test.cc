#include "genre/rec/fm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/fm_gradient.h"
#include "genre/rec/ials.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr int kFmWidth = 3;

FmRows rows(std::int64_t count, std::uint64_t seed) {
  FmRows out{Matrix(count, kFmWidth), {}};
  fill_normal(out.factors, 0.6, seed, "factors");
  RandomStream random(seed, "weights");
  for (std::int64_t n = 0; n < count; ++n) out.weights.push_back(static_cast<float>(0.5 * random.normal()));
  return out;
}

FmParameters parameters_of(const SmallWorld& world) {
  FmParameters out{Matrix(world.interactions.rows, kFmWidth), rows(world.interactions.cols, 1),
                   rows(world.item_features.cols, 2), rows(world.item_vectors.cols(), 3)};
  fill_normal(out.users, 0.6, 4, "users");
  return out;
}

// The machine as the paper has it: all inputs in one list, every pair of them, in double.
double textbook_score(const FmParameters& p, const SmallWorld& world, std::int32_t user, std::int32_t item) {
  struct Input {
    double x, weight;
    std::span<const float> factor;
  };
  std::vector<Input> inputs = {{1, 0, p.users.row(user)}, {1, p.items.weights[item], p.items.factors.row(item)}};
  for (const std::int32_t f : world.item_features.row_indices(item))
    inputs.push_back({1, p.features.weights[f], p.features.factors.row(f)});
  for (std::int64_t k = 0; k < world.item_vectors.cols(); ++k)
    inputs.push_back({world.item_vectors.row(item)[k], p.vectors.weights[k], p.vectors.factors.row(k)});
  double score = 0;
  for (std::size_t a = 0; a < inputs.size(); ++a) {
    score += inputs[a].weight * inputs[a].x;
    for (std::size_t b = a + 1; b < inputs.size(); ++b) {
      double product = 0;
      for (int d = 0; d < kFmWidth; ++d) product += static_cast<double>(inputs[a].factor[d]) * inputs[b].factor[d];
      score += product * inputs[a].x * inputs[b].x;
    }
  }
  return score;
}

double textbook_loss(const FmParameters& p, const SmallWorld& world, std::span<const FmPair> pairs, FmLoss loss) {
  double sum = 0;
  for (const FmPair& pair : pairs) {
    const double i = textbook_score(p, world, pair.user, pair.positive);
    const double j = textbook_score(p, world, pair.user, pair.negative);
    sum += loss == FmLoss::kBpr ? std::log1p(std::exp(j - i)) : std::log1p(std::exp(-i)) + std::log1p(std::exp(j));
  }
  return sum;
}

TEST(Fm, PreparedItemsGiveTheScoreOverAllPairsOfInputs) {
  const SmallWorld world = small_world(10, 12, 3);
  const FmParameters p = parameters_of(world);
  const std::vector<std::int32_t> items = {3, 0, 11, 3};
  const FmItems prepared = fm_items(p, {&world.item_features, world.item_vectors}, items);
  for (std::int32_t u = 0; u < 10; ++u) {
    for (std::size_t n = 0; n < items.size(); ++n) {
      double score = prepared.biases[n];
      for (int d = 0; d < kFmWidth; ++d)
        score += static_cast<double>(p.users.row(u)[d]) * prepared.factors.row(static_cast<std::int64_t>(n))[d];
      EXPECT_NEAR(score, textbook_score(p, world, u, items[n]), 1e-5);
    }
  }
}

TEST(Fm, GradientsAreTheFiniteDifferencesOfTheLoss) {
  const SmallWorld world = small_world(10, 12, 3);
  const FmInputs inputs{&world.item_features, world.item_vectors};
  const std::vector<FmPair> pairs = {{2, 3, 7}, {5, 1, 3}};
  for (const FmLoss loss : {FmLoss::kBpr, FmLoss::kLogistic}) {
    const FmParameters at = parameters_of(world);
    const FmBatchGradient g = fm_gradient(at, inputs, pairs, loss);
    EXPECT_NEAR(g.loss, textbook_loss(at, world, pairs, loss), 1e-5);
    const auto slope = [&](auto&& value) {
      FmParameters up = at, down = at;
      value(up) += 1e-2f;
      value(down) -= 1e-2f;
      const double step = static_cast<double>(value(up)) - value(down);
      return (textbook_loss(up, world, pairs, loss) - textbook_loss(down, world, pairs, loss)) / step;
    };
    for (int d = 0; d < kFmWidth; ++d) {
      for (int n = 0; n < 2; ++n)
        EXPECT_NEAR(g.users.row(n)[d], slope([&](FmParameters& p) -> float& { return p.users.row(pairs[n].user)[d]; }),
                    1e-3);
      for (const std::int32_t item : {1, 3, 7}) {
        double sum = 0;
        for (std::size_t n = 0; n < g.items.size(); ++n)
          if (g.items[n] == item) sum += g.common.row(n)[d] - g.slopes[n] * at.items.factors.row(item)[d];
        EXPECT_NEAR(sum, slope([&](FmParameters& p) -> float& { return p.items.factors.row(item)[d]; }), 1e-3);
      }
      for (std::int32_t f = 0; f < 4; ++f) {
        double sum = 0;
        for (std::size_t n = 0; n < g.items.size(); ++n)
          if (g.items[n] % 4 == f) sum += g.common.row(n)[d] - g.slopes[n] * at.features.factors.row(f)[d];
        EXPECT_NEAR(sum, slope([&](FmParameters& p) -> float& { return p.features.factors.row(f)[d]; }), 1e-3);
      }
      for (std::int64_t k = 0; k < 8; ++k)
        EXPECT_NEAR(g.vectors.factors.row(k)[d],
                    slope([&](FmParameters& p) -> float& { return p.vectors.factors.row(k)[d]; }), 1e-3);
    }
    for (std::int64_t k = 0; k < 8; ++k)
      EXPECT_NEAR(g.vectors.weights[k], slope([&](FmParameters& p) -> float& { return p.vectors.weights[k]; }), 1e-3);
  }
}

TEST(Fm, UntouchedItemsAreRankedByTheirFieldsAndText) {
  const SmallWorld world = small_world(80, 60, 3, 4, /*cold=*/16);
  for (const char* const side : {"features", "vectors", "both"}) {
    for (const char* const loss : {"bpr", "logistic"}) {
      FmOptions options;
      options.factors = 8;
      options.side = side;
      options.loss = loss;
      options.epochs = 60;
      Fm model(options);
      model.fit(world.data());
      EXPECT_GT(untouched_auc(model, world, 16), 0.8) << side << " " << loss;
    }
  }
}

}  // namespace
}  // namespace genre
