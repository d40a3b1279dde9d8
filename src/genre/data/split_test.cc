#include "genre/data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

constexpr std::int32_t kItems = 40;

Interactions random_interactions(std::uint64_t seed, std::int64_t days) {
  RandomStream random(seed, "interactions");
  Interactions out;
  for (std::int32_t user = 0; user < 60; ++user) {
    std::vector<std::int64_t> times(1 + random.below(25));
    for (auto& time : times) time = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(days)));
    std::sort(times.begin(), times.end());
    for (const auto time : times) {
      out.user.push_back(user);
      out.item.push_back(static_cast<std::int32_t>(random.below(kItems)));
      out.time.push_back(time);
    }
  }
  return out;
}

std::map<int, std::int64_t> sizes(const std::vector<std::uint8_t>& parts) {
  std::map<int, std::int64_t> out;
  for (const auto part : parts) ++out[part];
  return out;
}

std::vector<std::uint8_t> split(const Interactions& all, const std::string& kind, std::uint64_t seed = 7,
                                std::vector<double> ratio = {0.8, 0.1, 0.1}) {
  return split_parts(all, kItems, {.kind = kind, .ratio = std::move(ratio)}, seed);
}

TEST(Split, EveryKindGivesEachInteractionOnePartAndRepeats) {
  const Interactions all = random_interactions(1, 1000);
  for (const std::string kind :
       {"temporal", "user_ratio", "leave_one_out", "strong", "cold_item", "cold_user", "k_fold", "none"}) {
    const auto parts = split(all, kind);
    ASSERT_EQ(parts.size(), all.user.size()) << kind;
    for (const auto part : parts) EXPECT_LT(part, kParts);
    EXPECT_EQ(parts, split(all, kind)) << kind;
    EXPECT_GT(sizes(parts)[0], 0) << kind;
  }
  EXPECT_NE(split(all, "user_ratio", 7), split(all, "user_ratio", 8));
  EXPECT_NE(split(all, "cold_item", 7), split(all, "cold_item", 8));
}

TEST(TemporalSplit, NothingInTrainIsLaterThanValidationOrTest) {
  const Interactions all = random_interactions(2, 30);
  const auto parts = split(all, "temporal");
  std::map<int, std::pair<std::int64_t, std::int64_t>> range;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto& [low, high] = range.try_emplace(parts[i], INT64_MAX, INT64_MIN).first->second;
    low = std::min(low, all.time[i]);
    high = std::max(high, all.time[i]);
  }
  EXPECT_LE(range[0].second, range[1].first);
  EXPECT_LE(range[1].second, range[2].first);
  EXPECT_EQ(sizes(parts)[0], std::llround(0.8 * static_cast<double>(all.size())));
}

TEST(UserRatioSplit, SharesHoldOverAllUsersAndEachUserTrains) {
  Interactions all;
  for (std::int32_t user = 0; user < 4000; ++user)
    for (int i = 0; i < 1 + user % 9; ++i) {
      all.user.push_back(user);
      all.item.push_back(i);
      all.time.push_back(i);
    }
  const auto parts = split(all, "user_ratio");
  std::set<std::int32_t> training;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i] == 0) training.insert(all.user[i]);
  EXPECT_EQ(training.size(), 4000u);
  // Users with one interaction give none of it away: 400 of 20,000 rows bend the shares a little.
  EXPECT_NEAR(static_cast<double>(sizes(parts)[2]) / static_cast<double>(parts.size()), 0.1, 0.006);
  EXPECT_NEAR(static_cast<double>(sizes(parts)[1]) / static_cast<double>(parts.size()), 0.1, 0.008);
}

TEST(LeaveOneOutSplit, LastIsTestAndTheOneBeforeValidation) {
  Interactions all;
  all.user = {0, 1, 1, 2, 2, 2, 2};
  all.item = {0, 1, 2, 3, 4, 5, 6};
  all.time = {0, 1, 2, 3, 4, 5, 6};
  EXPECT_EQ(split(all, "leave_one_out"), (std::vector<std::uint8_t>{0, 0, 2, 0, 0, 1, 2}));
}

TEST(ColdItemSplit, AnItemIsInOnePartOnly) {
  const Interactions all = random_interactions(3, 10);
  const auto parts = split(all, "cold_item", 7, {0.5, 0.2, 0.3});
  std::map<std::int32_t, std::set<int>> parts_of;
  for (std::size_t i = 0; i < parts.size(); ++i) parts_of[all.item[i]].insert(parts[i]);
  std::map<int, int> items;
  for (const auto& [item, of] : parts_of) {
    EXPECT_EQ(of.size(), 1u);
    ++items[*of.begin()];
  }
  EXPECT_EQ(items[2], std::lround(0.3 * static_cast<double>(parts_of.size())));
}

TEST(StrongSplit, HeldOutUsersAreNotTrainedOnAndShowMostOfWhatTheyDid) {
  const Interactions all = random_interactions(5, 10);
  const auto parts = split(all, "strong", 7, {0.6, 0.1, 0.3});
  std::map<std::int32_t, std::map<int, int>> by_user;
  for (std::size_t i = 0; i < parts.size(); ++i) ++by_user[all.user[i]][parts[i]];
  std::map<int, int> users;
  for (auto& [user, counts] : by_user) {
    const bool trained = counts.contains(0);
    EXPECT_EQ(counts.size() == 1 || !trained, true) << user;
    if (trained) continue;
    const int shown = counts[3], hidden = counts[1] + counts[2];
    EXPECT_EQ(shown, std::max<std::int64_t>(1, std::llround(0.8 * (shown + hidden)))) << user;
    EXPECT_TRUE(counts[1] == 0 || counts[2] == 0) << user;
    ++users[counts[2] > 0 ? 2 : counts[1] > 0 ? 1 : 3];
  }
  EXPECT_NEAR(users[2] + users[1] + users[3], 24, 1);
  EXPECT_GT(users[2], users[1]);
}

TEST(ColdUserSplit, FirstInteractionsAreGivenAndTheRestIsHidden) {
  const Interactions all = random_interactions(6, 1000);
  for (const int given : {0, 3}) {
    const auto parts = split_parts(all, kItems, {.kind = "cold_user", .ratio = {0.5, 0.0, 0.5}, .given = given}, 7);
    std::map<std::int32_t, std::vector<int>> of;
    for (std::size_t i = 0; i < parts.size(); ++i) of[all.user[i]].push_back(parts[i]);
    int held_out = 0;
    for (const auto& [user, list] : of) {
      if (std::count(list.begin(), list.end(), 0) == static_cast<std::ptrdiff_t>(list.size())) continue;
      ++held_out;
      for (std::size_t i = 0; i < list.size(); ++i) EXPECT_EQ(list[i], i < static_cast<std::size_t>(given) ? 3 : 2);
    }
    EXPECT_EQ(held_out, 30);
  }
}

TEST(KFoldSplit, FoldsPartitionTheInteractions) {
  const Interactions all = random_interactions(7, 10);
  std::vector<int> tested(all.user.size(), 0);
  for (int fold = 0; fold < 4; ++fold) {
    const SplitOptions options{.kind = "k_fold", .ratio = {0.9, 0.1, 0}, .folds = 4, .fold = fold};
    const auto parts = split_parts(all, kItems, options, 7);
    for (std::size_t i = 0; i < parts.size(); ++i) tested[i] += parts[i] == 2 ? 1 : 0;
    EXPECT_NEAR(static_cast<double>(sizes(parts)[2]), static_cast<double>(all.size()) / 4, 1);
    EXPECT_NEAR(static_cast<double>(sizes(parts)[1]), static_cast<double>(all.size()) * 0.075, 20);
  }
  EXPECT_EQ(std::count(tested.begin(), tested.end(), 1), all.size());
  EXPECT_THROW(split_parts(all, kItems, {.kind = "k_fold", .folds = 4, .fold = 4}, 7), Error);
}

TEST(FutureShare, IsZeroInOrderOfTimeAndAboutHalfAtRandom) {
  Interactions all = random_interactions(8, 100000);
  all.part = split(all, "temporal");
  EXPECT_EQ(future_share(all), 0);
  all.part = split(all, "user_ratio");
  EXPECT_NEAR(future_share(all), 0.5, 0.1);
  all.user = {0, 0, 0, 1};
  all.item = {0, 1, 2, 0};
  all.time = {1, 2, 3, 4};
  all.part = {0, 2, 0, 0};
  EXPECT_DOUBLE_EQ(future_share(all), 2.0 / 3);
  all.part = {0, 0, 0, 0};
  EXPECT_TRUE(std::isnan(future_share(all)));
}

TEST(PartCounts, CountRowsUsersAndItems) {
  Dataset dataset;
  dataset.users = IdMap({"a", "b"});
  dataset.items = IdMap({"x", "y"});
  dataset.interactions.user = {0, 0, 1};
  dataset.interactions.item = {0, 0, 1};
  dataset.interactions.part = {0, 0, 3};
  const auto counts = part_counts(dataset);
  EXPECT_EQ(counts[0].interactions, 2);
  EXPECT_EQ(counts[0].users, 1);
  EXPECT_EQ(counts[0].items, 1);
  EXPECT_EQ(counts[3].interactions, 1);
  EXPECT_EQ(counts[2].users, 0);
}

TEST(Split, BadRatiosAreRefused) {
  const Interactions all = random_interactions(4, 10);
  for (const std::vector<double>& ratio :
       {std::vector<double>{0.8, 0.2}, {0.8, 0.1, 0.2}, {0, 0.5, 0.5}, {1.2, -0.1, -0.1}, {}})
    EXPECT_THROW(split(all, "temporal", 7, ratio), Error);
  EXPECT_THROW(split(all, "temporl"), Error);
}

}  // namespace
}  // namespace genre
