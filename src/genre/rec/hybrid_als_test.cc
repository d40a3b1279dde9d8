#include "genre/rec/hybrid_als.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/item_side.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// The objective of hybrid_als.h over touched items, written out.
double loss(const SmallWorld& world, const HybridAls& model, const HybridAlsOptions& o, std::int64_t touched) {
  const Factors& f = model.factors();
  const CsrMatrix& x = world.interactions;
  const ItemSide side("test", world.data(), parse_side(o.side));
  Matrix expected(x.cols, o.factors);
  side.project(model.side_weights(), expected.view());
  double sum = 0;
  for (std::int64_t u = 0; u < x.rows; ++u) {
    for (std::int32_t i = 0; i < touched; ++i) {
      const auto has = x.row_indices(u);
      const bool seen = std::binary_search(has.begin(), has.end(), i);
      double product = 0;
      for (int d = 0; d < o.factors; ++d) product += static_cast<double>(f.users.row(u)[d]) * f.items.row(i)[d];
      sum += (seen ? 1 + o.alpha : 1) * std::pow((seen ? 1 : 0) - product, 2);
    }
    for (const float v : f.users.row(u)) sum += o.l2 * v * v;
  }
  for (std::int64_t i = 0; i < touched; ++i)
    for (int d = 0; d < o.factors; ++d)
      sum +=
          o.l2 * std::pow(f.items.row(i)[d], 2) + o.side_weight * std::pow(f.items.row(i)[d] - expected.row(i)[d], 2);
  for (const float w : model.side_weights().values()) sum += o.side_weight * o.side_l2 * w * w;
  return sum;
}

HybridAlsOptions small_hybrid() {
  HybridAlsOptions options;
  options.factors = 6;
  options.alpha = 10;
  options.l2 = 2;
  options.l2_exponent = 0;
  options.side_weight = 5;
  options.side_l2 = 0.5;
  return options;
}

TEST(HybridAls, EveryRoundLowersTheObjective) {
  const SmallWorld world = small_world(60, 40, 3, 4, /*cold=*/8);
  HybridAlsOptions options = small_hybrid();
  double before = 1e30;
  for (int rounds = 1; rounds <= 12; ++rounds) {
    options.iterations = rounds;
    HybridAls model(options);
    model.fit(world.data());
    const double now = loss(world, model, options, 32);
    EXPECT_LE(now, before * (1 + 1e-5)) << rounds;
    before = now;
  }
}

TEST(HybridAls, UntouchedItemsAreWhatTheirSideSays) {
  const SmallWorld world = small_world(60, 40, 3, 4, /*cold=*/8);
  for (const char* const which : {"vectors", "features", "both"}) {
    HybridAlsOptions options = small_hybrid();
    options.side = which;
    HybridAls model(options);
    model.fit(world.data());
    const ItemSide side("test", world.data(), parse_side(which));
    Matrix expected(40, 6);
    side.project(model.side_weights(), expected.view());
    for (std::int64_t i = 32; i < 40; ++i)
      for (int d = 0; d < 6; ++d) EXPECT_EQ(model.factors().items.row(i)[d], expected.row(i)[d]);
  }
}

TEST(HybridAls, UntouchedItemsOfTheUsersThemeComeFirstAndAreReached) {
  const SmallWorld world = small_world(80, 60, 3, 4, /*cold=*/16);
  HybridAls model(small_hybrid());
  model.fit(world.data());
  int right = 0, all = 0, reached = 0;
  for (std::int32_t u = 0; u < 80; ++u) {
    const auto history = world.interactions.row_indices(u);
    const auto scores = scores_of(model, {.user = u, .history = history});
    for (int i = 44; i < 60; ++i)
      for (int j = 44; j < 60; ++j)
        if (i % 4 == u % 4 && j % 4 != u % 4) {
          right += scores[i] > scores[j] ? 1 : 0;
          ++all;
        }
    for (const auto& entry : recommend(model, {.user = u, .history = history}, {.k = 10, .exclude = history}))
      reached += entry.index >= 44 ? 1 : 0;
  }
  EXPECT_GT(right, 0.9 * all);
  EXPECT_GT(reached, 80);  // one of ten in every list at least, on average
}

TEST(HybridAls, WithoutSideWeightTouchedItemsAreThoseOfIals) {
  const SmallWorld world = small_world(60, 40, 3);
  HybridAlsOptions options = small_hybrid();
  options.side_weight = 0;
  HybridAls hybrid(options);
  hybrid.fit(world.data());
  IalsOptions plain;
  plain.factors = 6;
  plain.alpha = 10;
  plain.l2 = 2;
  plain.l2_exponent = 0;
  plain.conjugate_steps = 2;
  Ials ials(plain);
  ials.fit(world.data());
  const auto query = Query{.history = world.interactions.row_indices(3)};
  const auto a = scores_of(hybrid, query), b = scores_of(ials, query);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4);
}

}  // namespace
}  // namespace genre
