#include "genre/rec/logistic_mf.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(LogisticMf, SlopesAreThoseOfTheLogLikelihood) {
  for (const double x : {-3.0, -0.2, 0.0, 1.5}) {
    const double h = 1e-4;
    const auto seen = [](double at) { return -2.5 * std::log1p(std::exp(-at)); };
    const auto drawn = [](double at) { return -std::log1p(std::exp(at)); };
    EXPECT_NEAR(logistic_slope(static_cast<float>(x), 2.5f), (seen(x + h) - seen(x - h)) / (2 * h), 1e-4);
    EXPECT_NEAR(logistic_slope(static_cast<float>(x), 0), (drawn(x + h) - drawn(x - h)) / (2 * h), 1e-4);
  }
}

// With as many draws as interactions and vectors too weak to matter, the bias of an item is the log odds of its share.
TEST(LogisticMf, BiasesAreLogOdds) {
  std::vector<Triplet> entries;  // item 0 for nine users of ten, the rest for one of ten each
  for (std::int32_t u = 0; u < 200; ++u) {
    if (u % 10 != 0) entries.push_back({u, 0, 1});
    entries.push_back({u, 1 + u % 10, 1});
  }
  const CsrMatrix x = csr_from_triplets(200, 11, entries);
  LogisticMfOptions options;
  options.factors = 1;
  options.epochs = 400;
  options.l2 = 1e-6;
  options.learning_rate = 0.01;
  LogisticMf model(options);
  model.fit({x, {}, 7});
  const auto& bias = model.factors().item_bias;
  for (int i = 1; i < 11; ++i) EXPECT_GT(bias[0], bias[i] + 2);
}

TEST(LogisticMf, LearnsUsersAndStrangersAndIsTheSameForAnyThreads) {
  const SmallWorld world = small_world(150, 200, 3);
  LogisticMfOptions options;
  options.factors = 16;
  options.epochs = 60;
  LogisticMf model(options), serial(options);
  model.fit(world.data());
  global_pool().parallel_for(2, 1, [&](std::size_t begin, std::size_t, int) {
    if (begin == 0) serial.fit(world.data());
  });
  EXPECT_TRUE(std::ranges::equal(model.factors().users.values(), serial.factors().users.values()));
  for (const bool remembered : {true, false}) {
    int hits = 0;
    for (std::int32_t u = 0; u < 150; ++u) {
      const auto history = world.interactions.row_indices(u);
      Query query{.history = history};
      if (remembered) query.user = u;
      for (const auto& entry : recommend(model, query, {.k = 10}))
        hits += std::binary_search(history.begin(), history.end(), entry.index) ? 1 : 0;
    }
    EXPECT_GT(hits, 800) << remembered;  // of 1,500; by chance 270
  }
}

}  // namespace
}  // namespace genre
