#include "genre/rec/biased_mf.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr int kBiasedMfWidth = 4;
constexpr double kL2 = 0.2, kRating = 4, kMean = 3;

double rating_loss(const std::vector<double>& p) {  // p, q, b_u, b_i
  double x = kMean + p[2 * kBiasedMfWidth] + p[2 * kBiasedMfWidth + 1], squares = 0;
  for (int d = 0; d < kBiasedMfWidth; ++d) x += p[d] * p[kBiasedMfWidth + d];
  for (const double value : p) squares += value * value;
  return 0.5 * (kRating - x) * (kRating - x) + kL2 / 2 * squares;
}

TEST(BiasedMf, AStepFollowsTheFiniteDifferencesOfTheLoss) {
  RandomStream random(3, "gradient");
  std::vector<double> at(2 * kBiasedMfWidth + 2);
  for (double& value : at) value = 0.5 * random.normal();
  std::vector<float> p(at.begin(), at.begin() + kBiasedMfWidth),
      q(at.begin() + kBiasedMfWidth, at.begin() + 2 * kBiasedMfWidth);
  float bu = static_cast<float>(at[2 * kBiasedMfWidth]), bi = static_cast<float>(at[2 * kBiasedMfWidth + 1]);
  double x = kMean + bu + bi;
  for (int d = 0; d < kBiasedMfWidth; ++d) x += static_cast<double>(p[d]) * q[d];
  const std::vector<float> before = {p[0], p[1], p[2], p[3], q[0], q[1], q[2], q[3], bu, bi};
  const float rate = 0.01f;
  rating_step(p.data(), q.data(), bu, bi, kBiasedMfWidth, static_cast<float>(kRating - x), rate,
              static_cast<float>(kL2));
  const std::vector<float> after = {p[0], p[1], p[2], p[3], q[0], q[1], q[2], q[3], bu, bi};
  for (std::size_t k = 0; k < at.size(); ++k) {
    auto up = at, down = at;
    up[k] += 1e-5;
    down[k] -= 1e-5;
    EXPECT_NEAR((after[k] - before[k]) / rate, -(rating_loss(up) - rating_loss(down)) / 2e-5, 2e-4) << k;
  }
}

TEST(BiasedMf, BiasesFindWhatUsersAndItemsDifferIn) {
  std::vector<Triplet> ratings;  // 3 + (u odd) - (i < 10): nothing but biases
  for (std::int32_t u = 0; u < 40; ++u)
    for (std::int32_t i = 0; i < 40; ++i)
      if ((u * 7 + i * 3) % 4 != 0)
        ratings.push_back({u, i, 3.0f + static_cast<float>(u % 2) - (i < 10 ? 1.0f : 0.0f)});
  const CsrMatrix x = csr_from_triplets(40, 40, ratings);
  BiasedMfOptions options;
  options.factors = 2;
  options.epochs = 300;
  options.l2 = 0.001;
  BiasedMf model(options);
  model.fit({x, {}, 7, &x});
  for (std::int32_t u = 0; u < 4; ++u) {
    const auto scores = scores_of(model, {.user = u});
    for (std::int32_t i = 0; i < 40; ++i)
      EXPECT_NEAR(scores[i], 3 + u % 2 - (i < 10 ? 1 : 0), 0.1) << u << " " << i;  // also what was not rated
  }
}

TEST(BiasedMf, TheResultDoesNotDependOnThreads) {
  const SmallWorld world = small_world(150, 200, 3);
  BiasedMfOptions options;
  options.epochs = 3;
  BiasedMf model(options), serial(options);
  model.fit(world.data());
  global_pool().parallel_for(2, 1, [&](std::size_t begin, std::size_t, int) {
    if (begin == 0) serial.fit(world.data());
  });
  EXPECT_TRUE(std::ranges::equal(model.factors().items.values(), serial.factors().items.values()));
  EXPECT_EQ(model.factors().user_bias, serial.factors().user_bias);
}

}  // namespace
}  // namespace genre
