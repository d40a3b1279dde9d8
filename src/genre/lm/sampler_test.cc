#include "genre/lm/sampler.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "genre/base/error.h"

namespace genre {
namespace {

std::vector<float> random_logits(std::uint64_t seed, int count) {
  RandomStream random(seed, "test");
  std::vector<float> logits(static_cast<std::size_t>(count));
  for (float& x : logits) x = std::round(static_cast<float>(random.normal()) * 20) / 8;  // with ties
  return logits;
}

// Every filter as its definition says, over all tokens: id and probability of what may be drawn.
std::map<std::int32_t, double> plain_distribution(std::vector<float> logits, const SamplingOptions& o,
                                                  const std::set<std::int32_t>& seen) {
  for (const std::int32_t id : seen) {
    float& x = logits[static_cast<std::size_t>(id)];
    x = x > 0 ? x / o.repetition_penalty : x * o.repetition_penalty;
  }
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](auto a, auto b) { return logits[std::size_t(a)] > logits[std::size_t(b)]; });
  if (o.top_k > 0) order.resize(std::min(order.size(), std::size_t(o.top_k)));
  std::vector<double> p;
  for (const std::int32_t id : order) p.push_back(std::exp(double(logits[std::size_t(id)]) / o.temperature));
  const auto normalise = [&] {
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& x : p) x /= sum;
  };
  normalise();
  std::size_t kept = 0;
  for (double before = 0; kept < p.size() && before < o.top_p; ++kept) before += p[kept];
  p.resize(kept);
  normalise();
  while (p.back() < o.min_p * p.front()) p.pop_back();
  normalise();
  std::map<std::int32_t, double> out;
  for (std::size_t i = 0; i < p.size(); ++i) out[order[i]] = p[i];
  return out;
}

TEST(Sampler, DrawsAsThePlainDistributionSays) {
  RandomStream random(5, "options");
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    const auto logits = random_logits(trial, 3 + static_cast<int>(random.below(400)));
    SamplingOptions o;
    o.temperature = 0.3F + static_cast<float>(random.uniform()) * 2;
    if (trial % 2) o.top_k = 1 + static_cast<int>(random.below(100));
    if (trial % 3) o.top_p = 0.05F + static_cast<float>(random.uniform()) * 0.9F;
    if (trial % 5 > 2) o.min_p = static_cast<float>(random.uniform()) * 0.2F;
    if (trial % 7 > 3) o.repetition_penalty = 0.5F + static_cast<float>(random.uniform());
    o.seed = trial;
    Sampler sampler(o, static_cast<std::int32_t>(logits.size()));
    std::set<std::int32_t> seen;
    for (int i = 0; i < 5; ++i) seen.insert(static_cast<std::int32_t>(random.below(logits.size())));
    for (const std::int32_t id : seen) sampler.see(id), sampler.see(id);

    const auto expected = plain_distribution(logits, o, seen);
    RandomStream stream(o.seed, "generate");
    for (int draw = 0; draw < 50; ++draw) {
      double rest = stream.uniform();
      std::int32_t want = expected.rbegin()->first;
      for (const auto& [id, p] : expected)
        if ((rest -= p) < 0) {
          want = id;
          break;
        }
      ASSERT_EQ(sampler.sample(logits, {}), want) << "trial " << trial;
    }
  }
}

TEST(Sampler, TemperatureZeroTakesTheBestAndOfEqualsTheFirst) {
  Sampler sampler({}, 5);
  EXPECT_EQ(sampler.sample(std::vector<float>{1, 3, 2, 3, -1}, {}), 1);
  const std::vector<std::int32_t> allowed = {0, 4};
  EXPECT_EQ(sampler.sample(std::vector<float>{-5, 3, 2, 3, -1}, allowed), 4);
}

TEST(Sampler, PenaltyTurnsGreedyAwayFromSeenTokens) {
  Sampler sampler({.repetition_penalty = 2}, 3);
  sampler.see(0);
  EXPECT_EQ(sampler.sample(std::vector<float>{3, 2, 1}, {}), 1);
  EXPECT_EQ(sampler.sample(std::vector<float>{-1, -1.5F, -3}, {}), 1);
}

TEST(Sampler, OnlyAllowedTokensAreDrawn) {
  Sampler sampler({.temperature = 5}, 100);
  const std::vector<std::int32_t> allowed = {3, 50, 99};
  const auto logits = random_logits(1, 100);
  std::set<std::int32_t> drawn;
  for (int i = 0; i < 200; ++i) drawn.insert(sampler.sample(logits, allowed));
  EXPECT_THAT(drawn, testing::ElementsAreArray(allowed));
}

TEST(Sampler, SameSeedDrawsTheSame) {
  const auto logits = random_logits(2, 1000);
  Sampler a({.temperature = 1, .seed = 1}, 1000), b({.temperature = 1, .seed = 1}, 1000),
      c({.temperature = 1, .seed = 2}, 1000);
  int differ = 0;
  for (int i = 0; i < 100; ++i) {
    const std::int32_t id = a.sample(logits, {});
    EXPECT_EQ(id, b.sample(logits, {}));
    differ += id != c.sample(logits, {});
  }
  EXPECT_GT(differ, 0);
}

TEST(Sampler, LogitsThatAreNoNumbersAreNeverDrawn) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const float temperature : {0.0F, 1.0F, 1e-38F}) {
    Sampler sampler({.temperature = temperature}, 4);
    EXPECT_EQ(sampler.sample(std::vector<float>{nan, -inf, -3e38F, nan}, {}), 2);
    EXPECT_THROW(sampler.sample(std::vector<float>{nan, nan, -inf, inf}, {}), Error);
  }
}

TEST(Sampler, OptionsOutOfRangeAreNamed) {
  const auto key_of = [](const SamplingOptions& o) {
    try {
      validate(o);
    } catch (const Error& error) {
      return error.place().key;
    }
    return std::string("none");
  };
  EXPECT_EQ(key_of({}), "none");
  EXPECT_EQ(key_of({.temperature = -1}), "temperature");
  EXPECT_EQ(key_of({.temperature = std::numeric_limits<float>::quiet_NaN()}), "temperature");
  EXPECT_EQ(key_of({.top_k = -1}), "top-k");
  EXPECT_EQ(key_of({.top_p = 0}), "top-p");
  EXPECT_EQ(key_of({.min_p = 1.5F}), "min-p");
  EXPECT_EQ(key_of({.repetition_penalty = 0}), "repetition-penalty");
}

}  // namespace
}  // namespace genre
