#include "genre/rec/recent_popularity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/popularity.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr std::int64_t kDay = 24LL * 60 * 60 * 1000;

TEST(RecentPopularity, HalvesAtEachHalfLife) {
  const CsrMatrix interactions = csr_from_triplets(3, 3, {{0, 0, 1}, {1, 0, 1}, {2, 1, 6}});
  const std::vector<std::int64_t> times = {100 * kDay, 80 * kDay, 90 * kDay};
  RecentPopularityOptions options;
  options.half_life_days = 10;
  RecentPopularity model(options);
  model.fit({interactions, {}, 7, nullptr, times});
  EXPECT_EQ(scores_of(model, {}), (std::vector<float>{1.25f, 0.5f, 0}));
  options.weighted = true;
  options.window_days = 10;  // day 90 is its last
  RecentPopularity windowed(options);
  windowed.fit({interactions, {}, 7, nullptr, times});
  EXPECT_EQ(scores_of(windowed, {}), (std::vector<float>{1, 3, 0}));
}

TEST(RecentPopularity, EqualsTheSumWrittenOut) {
  const SmallWorld world = small_world(40, 20);
  RecentPopularityOptions options;
  options.half_life_days = 0.003;
  options.window_days = 0.008;
  RecentPopularity model(options);
  model.fit(world.data());
  std::int64_t newest = 0;
  for (const std::int64_t time : world.times) newest = std::max(newest, time);
  const auto scores = scores_of(model, {});
  for (std::int32_t item = 0; item < 20; ++item) {
    double wanted = 0;
    for (std::size_t n = 0; n < world.times.size(); ++n) {
      const double age = static_cast<double>(newest - world.times[n]) / static_cast<double>(kDay);
      if (world.interactions.indices[n] == item && age <= 0.008) wanted += std::pow(0.5, age / 0.003);
    }
    EXPECT_NEAR(scores[item], wanted, 1e-5 * (1 + wanted));
  }
}

TEST(RecentPopularity, IsPopularityWhereTimesAreUnknownOrEqual) {
  const SmallWorld world = small_world(40, 20);
  Popularity plain({});
  plain.fit(world.data());
  RecentPopularity model({});
  model.fit({world.interactions, {}, 7});
  EXPECT_EQ(scores_of(model, {}), scores_of(plain, {}));
  const std::vector<std::int64_t> equal(world.times.size(), 5);
  model.fit({world.interactions, {}, 7, nullptr, equal});
  EXPECT_EQ(scores_of(model, {}), scores_of(plain, {}));
}

}  // namespace
}  // namespace genre
