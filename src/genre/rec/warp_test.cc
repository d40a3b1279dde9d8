#include "genre/rec/warp.h"

#include <gtest/gtest.h>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(Warp, TheWeightIsTheHarmonicNumberOfTheEstimatedRank) {
  const RankWeight weight(11, 20);  // ranks up to 10
  const auto harmonic = [](int n) {
    double sum = 0;
    for (int r = 1; r <= n; ++r) sum += 1.0 / r;
    return sum;
  };
  EXPECT_NEAR(weight(1), 1, 1e-6);
  EXPECT_NEAR(weight(2), harmonic(5) / harmonic(10), 1e-6);
  EXPECT_NEAR(weight(3), harmonic(3) / harmonic(10), 1e-6);
  EXPECT_NEAR(weight(20), 1 / harmonic(10), 1e-6);
}

TEST(Warp, LearnsToPutPositivesOnTop) {
  const SmallWorld world = small_world(150, 200, 3);
  WarpOptions options;
  options.factors = 16;
  options.epochs = 200;
  Warp model(options);
  model.fit(world.data());
  int hits = 0, all = 0;
  for (std::int32_t u = 0; u < 150; ++u) {
    const auto history = world.interactions.row_indices(u);
    for (const auto& entry : recommend(model, {.user = u, .history = history}, {.k = 10})) {
      hits += std::binary_search(history.begin(), history.end(), entry.index) ? 1 : 0;
      ++all;
    }
  }
  EXPECT_GT(hits, 0.8 * all);  // by chance 0.18
}

TEST(Warp, NothingMovesOnceEveryMarginHolds) {
  std::vector<Triplet> entries;  // two groups that never mix
  for (std::int32_t u = 0; u < 20; ++u)
    for (std::int32_t i = 0; i < 20; ++i)
      if (u % 2 == i % 2) entries.push_back({u, i, 1});
  const CsrMatrix x = csr_from_triplets(20, 20, entries);
  WarpOptions options;
  options.factors = 4;
  options.epochs = 2000;
  options.l2 = 0;
  Warp longer(options);
  longer.fit({x, {}, 7});
  options.epochs = 2500;
  Warp longest(options);
  longest.fit({x, {}, 7});
  EXPECT_TRUE(std::ranges::equal(longer.factors().users.values(), longest.factors().users.values()));
  const auto scores = scores_of(longest, {.user = 0});
  for (int i = 0; i < 20; i += 2)
    for (int j = 1; j < 20; j += 2) EXPECT_GE(scores[i] - scores[j], 1 - 1e-4);
}

}  // namespace
}  // namespace genre
