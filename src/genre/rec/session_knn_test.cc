#include "genre/rec/session_knn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

struct Session {
  std::int64_t ended;
  std::set<std::int32_t> items;
};

// Sessions by walking each user's events in the order of time.
std::vector<Session> split(const SmallWorld& world, double gap_minutes) {
  std::vector<Session> out;
  for (std::int64_t u = 0; u < world.interactions.rows; ++u) {
    std::vector<std::pair<std::int64_t, std::int32_t>> events;
    for (std::size_t n = 0; n < world.interactions.row_indices(u).size(); ++n)
      events.emplace_back(world.times[world.interactions.offsets[u] + n], world.interactions.row_indices(u)[n]);
    std::sort(events.begin(), events.end());
    for (std::size_t n = 0; n < events.size(); ++n) {
      const bool starts =
          n == 0 || (gap_minutes > 0 && static_cast<double>(events[n].first - events[n - 1].first) > gap_minutes * 6e4);
      if (starts) out.push_back({});
      out.back().ended = events[n].first;
      out.back().items.insert(events[n].second);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Session& a, const Session& b) { return a.ended < b.ended; });
  return out;
}

std::vector<double> naive(const SmallWorld& world, const SessionKnnOptions& options,
                          const std::vector<std::int32_t>& history) {
  const auto sessions = split(world, options.session_gap_minutes);
  std::vector<std::pair<double, std::size_t>> similar;
  int looked_at = 0;
  for (std::size_t s = sessions.size(); s-- > 0;) {
    double product = 0, squares = 0;
    std::size_t common = 0;
    for (std::size_t h = 0; h < history.size(); ++h) {
      const double weight = std::pow(options.decay, static_cast<double>(history.size() - 1 - h));
      squares += weight * weight;
      if (!sessions[s].items.contains(history[h])) continue;
      product += weight;
      ++common;
    }
    if (common == 0) continue;
    if (options.sample_size > 0 && ++looked_at > options.sample_size) break;
    if (common < sessions[s].items.size())
      similar.emplace_back(-product / std::sqrt(squares * static_cast<double>(sessions[s].items.size())), s);
  }
  std::sort(similar.begin(), similar.end());
  if (similar.size() > static_cast<std::size_t>(options.neighbours)) similar.resize(options.neighbours);
  std::vector<double> out(world.interactions.cols, 0.0);
  for (const auto& [similarity, s] : similar)
    for (const std::int32_t item : sessions[s].items) out[item] -= similarity;
  return out;
}

TEST(SessionKnn, EqualsTheSearchThroughAllSessions) {
  const SmallWorld world = small_world(60, 30, 5);
  RandomStream random(2, "histories");
  for (const double gap : {0.0, 2.0}) {
    for (const int sample : {0, 7}) {
      SessionKnnOptions options;
      options.neighbours = 5;
      options.sample_size = sample;
      options.decay = 0.77;
      options.session_gap_minutes = gap;
      SessionKnn model(options);
      model.fit(world.data());
      EXPECT_EQ(model.sessions(), static_cast<std::int64_t>(split(world, gap).size()));
      for (int round = 0; round < 30; ++round) {
        std::vector<std::int32_t> history(30);
        std::iota(history.begin(), history.end(), 0);
        random.shuffle(std::span(history));
        history.resize(1 + random.below(8));
        const auto wanted = naive(world, options, history);
        const auto scores = scores_of(model, {.history = history});
        for (std::int32_t item = 0; item < 30; ++item)
          EXPECT_NEAR(scores[item], wanted[item], 1e-5) << gap << " " << sample << " " << item;
      }
    }
  }
}

TEST(SessionKnn, AUserIsNoNeighbourOfTheOwnHistory) {
  const CsrMatrix interactions = csr_from_triplets(2, 3, {{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 2, 1}});
  SessionKnn model({});
  model.fit({interactions, {}, 7});
  const auto scores = scores_of(model, {.user = 0, .history = interactions.row_indices(0)});
  EXPECT_GT(scores[2], 0);
  EXPECT_EQ(scores[1], 0);
}

TEST(SessionKnn, SharesAddUpToTheScore) {
  const SmallWorld world = small_world(60, 30, 5);
  SessionKnn model({});
  model.fit(world.data());
  const std::vector<std::int32_t> history = {4, 9, 22, 3};
  const auto scores = scores_of(model, {.history = history});
  for (std::int32_t item = 0; item < 30; ++item) {
    float sum = 0;
    for (const auto& share : model.explain({.history = history}, item, 10)) sum += share.score;
    EXPECT_NEAR(sum, scores[item], 1e-5);
  }
}

TEST(SessionKnn, EqualTimesAreOneSession) {
  const SmallWorld world = small_world(20, 12);
  const std::vector<std::int64_t> equal(world.times.size(), 42);
  SessionKnnOptions options;
  options.session_gap_minutes = 1;
  SessionKnn model(options);
  model.fit({world.interactions, {}, 7, nullptr, equal});
  EXPECT_EQ(model.sessions(), 20);
}

}  // namespace
}  // namespace genre
