#include "genre/data/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "genre/base/random.h"
#include "genre/base/rfc3339.h"

namespace genre {
namespace {

using testing::ElementsAre;
using testing::Pair;

Dataset dataset_of(const std::vector<std::pair<int, int>>& pairs, int users, int items) {
  Dataset out;
  std::vector<std::string> user_ids, item_ids;
  for (int i = 0; i < users; ++i) user_ids.push_back(std::to_string(100000 + i));
  for (int i = 0; i < items; ++i) item_ids.push_back(std::to_string(100000 + i));
  out.users = IdMap(user_ids);
  out.items = IdMap(item_ids);
  out.types = {"view"};
  auto sorted = pairs;
  std::stable_sort(sorted.begin(), sorted.end(), [](auto a, auto b) { return a.first < b.first; });
  for (const auto& [user, item] : sorted) {
    Interactions& all = out.interactions;
    all.user.push_back(user);
    all.item.push_back(item);
    all.value.push_back(1);
    all.weight.push_back(1);
    all.time.push_back(static_cast<std::int64_t>(all.time.size()));
    all.type.push_back(0);
    all.positive.push_back(1);
    all.part.push_back(0);
  }
  return out;
}

TEST(Summarise, QuantilesAreNumbersOfTheData) {
  const auto out = summarise({4, 1, 3, 2});
  EXPECT_EQ(out.minimum, 1);
  EXPECT_EQ(out.first_quartile, 1);
  EXPECT_EQ(out.median, 2);
  EXPECT_EQ(out.third_quartile, 3);
  EXPECT_EQ(out.p99, 4);
  EXPECT_EQ(out.mean, 2.5);
  EXPECT_EQ(summarise({}).count, 0);
}

TEST(Histograms, EveryNumberIsInOneBin) {
  const auto bins = doubling_histogram({1, 1, 2, 3, 4, 5, 8, 9, 0});
  std::vector<std::vector<double>> shown;
  for (const auto& bin : bins) shown.push_back({bin.from, bin.to, static_cast<double>(bin.count)});
  EXPECT_THAT(shown, ElementsAre(ElementsAre(0, 0, 1), ElementsAre(1, 1, 2), ElementsAre(2, 2, 1), ElementsAre(3, 4, 2),
                                 ElementsAre(5, 8, 2), ElementsAre(9, 16, 1)));
  std::vector<float> values;
  for (int i = 0; i <= 100; ++i) values.push_back(static_cast<float>(i));
  std::int64_t total = 0;
  for (const auto& bin : value_histogram(values, 20)) total += bin.count;
  EXPECT_EQ(value_histogram(values, 20).size(), 20u);
  EXPECT_EQ(total, 101);
  EXPECT_EQ(value_histogram({5, 1, 5}, 20).size(), 2u);
}

TEST(Profile, CountsSharesAndGiniEqualTheirDefinitions) {
  RandomStream random(3, "profile");
  for (int round = 0; round < 50; ++round) {
    const int users = 1 + static_cast<int>(random.below(10)), items = 1 + static_cast<int>(random.below(12));
    std::vector<std::pair<int, int>> pairs(1 + random.below(60));
    for (auto& pair : pairs)
      pair = {static_cast<int>(random.below(users)), static_cast<int>(random.below(random.below(items) + 1))};
    const auto out = profile(dataset_of(pairs, users, items));
    EXPECT_EQ(out.pairs, static_cast<std::int64_t>(std::set(pairs.begin(), pairs.end()).size()));
    std::vector<double> counts(items, 0);
    for (const auto& pair : pairs) ++counts[pair.second];
    double difference = 0, sum = 0;
    for (const double a : counts) {
      sum += a;
      for (const double b : counts) difference += std::abs(a - b);
    }
    EXPECT_NEAR(out.gini, difference / (2 * items * sum), 1e-12);
    std::sort(counts.begin(), counts.end(), std::greater<>());
    double head = 0, needed = 0;
    while (head < 0.8 * sum) head += counts[static_cast<std::size_t>(needed++)];
    EXPECT_NEAR(out.tail_items, 1 - needed / items, 1e-12);
    EXPECT_EQ(out.head_shares.back().first, 0.5);
  }
}

TEST(Profile, MonthsHaveNoGapsAndFieldsShowWhatIsCommon) {
  Dataset dataset = dataset_of({{0, 0}, {0, 1}}, 1, 3);
  dataset.has_time = true;
  dataset.interactions.time = {*parse_rfc3339("2023-12-31T23:59:59Z"), *parse_rfc3339("2024-02-01T00:00:00Z")};
  dataset.item_fields.fields["genre"] = {"b", "a", ""};
  const auto out = profile(dataset);
  ASSERT_EQ(out.months.size(), 3u);
  EXPECT_EQ(out.months[0].period, "2023-12");
  EXPECT_EQ(out.months[1].events, 0);
  EXPECT_EQ(out.months[2].period, "2024-02");
  EXPECT_EQ(out.item_fields[0].filled, 2);
  EXPECT_THAT(out.item_fields[0].most_common, ElementsAre(Pair("a", 1), Pair("b", 1)));
  EXPECT_EQ(out.items_without_events, 1);
}

}  // namespace
}  // namespace genre
