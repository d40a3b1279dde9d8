#include "genre/rec/markov.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// Transition counts, pair by pair: j follows i when no other item of the user lies between them.
std::vector<std::vector<double>> followers(const SmallWorld& world) {
  const auto items = world.interactions.cols;
  std::vector<std::vector<double>> out(items, std::vector<double>(items, 0.0));
  for (std::int64_t u = 0; u < world.interactions.rows; ++u) {
    const auto row = world.interactions.row_indices(u);
    const auto when = [&](std::size_t n) {
      return std::make_pair(world.times[world.interactions.offsets[u] + static_cast<std::int64_t>(n)], row[n]);
    };
    for (std::size_t a = 0; a < row.size(); ++a) {
      for (std::size_t b = 0; b < row.size(); ++b) {
        bool follows = when(a) < when(b);
        for (std::size_t c = 0; c < row.size(); ++c) follows = follows && !(when(a) < when(c) && when(c) < when(b));
        if (follows) out[row[a]][row[b]] += 1;
      }
    }
  }
  return out;
}

TEST(Markov, EqualsTheCountsOfTransitions) {
  SmallWorld world = small_world(50, 30, 5);
  for (std::int64_t& time : world.times) time /= 200'000;  // many at the same time
  MarkovOptions options;
  options.decay = 0.7;
  options.shrink = 1.5;
  Markov model(options);
  model.fit(world.data());
  const auto counts = followers(world);
  const std::vector<std::int32_t> history = {7, 2, 11, 5};
  const std::vector<float> values = {1, 2, 0.5f, 1};
  const auto scores = scores_of(model, {.history = history, .history_values = values});
  for (std::int32_t j = 0; j < 30; ++j) {
    double wanted = 0;
    for (int h = 0; h < 4; ++h) {
      double total = options.shrink;
      for (const double count : counts[history[h]]) total += count;
      wanted += values[h] * std::pow(0.7, 3 - h) * counts[history[h]][j] / total;
    }
    EXPECT_NEAR(scores[j], wanted, 1e-6);
  }
}

TEST(Markov, WithoutDecayOnlyTheNewestItemSpeaks) {
  const CsrMatrix interactions = csr_from_triplets(2, 4, {{0, 0, 1}, {0, 1, 1}, {1, 2, 1}, {1, 3, 1}});
  const std::vector<std::int64_t> times = {1, 2, 1, 2};
  MarkovOptions options;
  options.decay = 0;
  Markov model(options);
  model.fit({interactions, {}, 7, nullptr, times});
  const std::vector<std::int32_t> history = {0, 2}, ends_in_silence = {0, 3};
  EXPECT_EQ(scores_of(model, {.history = history}), (std::vector<float>{0, 0, 0, 1}));
  EXPECT_FALSE(model.personalises({.history = ends_in_silence}));
  EXPECT_TRUE(model.explain({.history = history}, 1, 5).empty());
}

TEST(Markov, OneInteractionAUserTeachesNothing) {
  const CsrMatrix interactions = csr_from_triplets(2, 3, {{0, 0, 1}, {1, 1, 1}});
  Markov model({});
  model.fit({interactions, {}, 7});
  const std::vector<std::int32_t> history = {0};
  EXPECT_EQ(scores_of(model, {.history = history}), (std::vector<float>{0, 0, 0}));
  EXPECT_FALSE(model.personalises({.history = history}));
}

}  // namespace
}  // namespace genre
