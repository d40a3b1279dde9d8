#include "genre/rec/bpr.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gradient_step.h"
#include "genre/rec/pairwise_fold_in.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr int kBprWidth = 5;
constexpr double kBprL2 = 0.3;

// The loss of one pair in double; parameters: u, v_i, v_j, b_i, b_j.
double pair_loss(const std::vector<double>& p) {
  double x = p[3 * kBprWidth] - p[3 * kBprWidth + 1], squares = 0;
  for (int d = 0; d < kBprWidth; ++d) x += p[d] * (p[kBprWidth + d] - p[2 * kBprWidth + d]);
  for (const double value : p) squares += value * value;
  return std::log1p(std::exp(-x)) + kBprL2 / 2 * squares;
}

TEST(Bpr, AStepFollowsTheFiniteDifferencesOfTheLoss) {
  RandomStream random(3, "bpr gradient");
  std::vector<double> p(3 * kBprWidth + 2);
  for (double& value : p) value = random.normal();
  std::vector<float> u(p.begin(), p.begin() + kBprWidth), i(p.begin() + kBprWidth, p.begin() + 2 * kBprWidth);
  std::vector<float> j(p.begin() + 2 * kBprWidth, p.begin() + 3 * kBprWidth);
  const float rate = 0.01f;
  float bi = static_cast<float>(p[3 * kBprWidth]), bj = static_cast<float>(p[3 * kBprWidth + 1]);
  const auto before_u = u, before_i = i, before_j = j;
  const std::vector<float> before_b = {bi, bj};
  bpr_step(u.data(), i.data(), j.data(), bi, bj, kBprWidth, rate, rate * static_cast<float>(kBprL2));
  std::vector<double> moved;
  for (int d = 0; d < kBprWidth; ++d) moved.push_back((u[d] - before_u[d]) / rate);
  for (int d = 0; d < kBprWidth; ++d) moved.push_back((i[d] - before_i[d]) / rate);
  for (int d = 0; d < kBprWidth; ++d) moved.push_back((j[d] - before_j[d]) / rate);
  moved.push_back((bi - before_b[0]) / rate);
  moved.push_back((bj - before_b[1]) / rate);
  for (std::size_t k = 0; k < p.size(); ++k) {
    auto up = p, down = p;
    up[k] += 1e-5;
    down[k] -= 1e-5;
    EXPECT_NEAR(moved[k], -(pair_loss(up) - pair_loss(down)) / 2e-5, 1e-4) << k;
  }
}

TEST(Bpr, BothOrdersLearnToPutPositivesFirstForUsersAndStrangers) {
  const SmallWorld world = small_world(150, 200, 3);
  for (const char* const order : {"blocks", "unordered"}) {
    BprOptions options;
    options.factors = 16;
    options.order = order;
    options.learning_rate = 0.05;
    options.epochs = 100;
    Bpr model(options);
    model.fit(world.data());
    EXPECT_GT(auc(model, world, true), 0.85) << order;
    EXPECT_GT(auc(model, world, false), 0.8) << order;
  }
}

TEST(Bpr, TheResultOfBlocksDoesNotDependOnThreads) {
  const SmallWorld world = small_world(150, 200, 3);
  BprOptions options;
  options.factors = 16;
  options.epochs = 3;
  Bpr model(options), serial(options);
  model.fit(world.data());
  // Inside a loop of the pool everything runs in one thread.
  global_pool().parallel_for(2, 1, [&](std::size_t begin, std::size_t, int) {
    if (begin == 0) serial.fit(world.data());
  });
  EXPECT_TRUE(std::ranges::equal(model.factors().users.values(), serial.factors().users.values()));
  EXPECT_TRUE(std::ranges::equal(model.factors().items.values(), serial.factors().items.values()));
  EXPECT_EQ(model.factors().item_bias, serial.factors().item_bias);
}

TEST(Bpr, UsersWithoutInteractionsAreNotRemembered) {
  SmallWorld world = small_world(30, 40, 3);
  std::vector<Triplet> some;
  for (std::int32_t u = 1; u < 30; ++u)
    for (const std::int32_t i : world.interactions.row_indices(u)) some.push_back({u, i, 1});
  world.interactions = csr_from_triplets(30, 40, some);
  Bpr model({});
  model.fit({world.interactions, {}, 7});
  EXPECT_FALSE(model.personalises({.user = 0}));
  EXPECT_TRUE(model.personalises({.user = 1}));
}

}  // namespace
}  // namespace genre
