#include "genre/data/value_outliers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "genre/base/random.h"
#include "genre/data/event_columns_test.h"

namespace genre {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

// The definition, row by row.
std::vector<EventRow> plain(const std::vector<EventRow>& rows, double largest) {
  std::vector<EventRow> out;
  for (const auto& row : rows) {
    std::vector<double> values, deviations;
    for (const auto& other : rows)
      if (other.user == row.user && other.type == row.type) values.push_back(other.value);
    for (const double value : values) deviations.push_back(std::abs(value - median(values)));
    const double mad = median(deviations);
    if (mad == 0 || 0.6745 * std::abs(row.value - median(values)) / mad <= largest) out.push_back(row);
  }
  return out;
}

TEST(ValueOutliers, OneQuantityOfAThousandGoes) {
  EventColumns events = event_columns({{1, 1, 2, 0},
                                       {1, 2, 3, 0},
                                       {1, 3, 1000, 0},
                                       {1, 4, 2, 0},
                                       {1, 5, 4, 0},
                                       {2, 1, 1000, 0},
                                       {2, 2, 900, 0},
                                       {2, 3, 1100, 0}});
  drop_value_outliers(events, 3.5);
  EXPECT_EQ(events.value, (std::vector<float>{2, 3, 2, 4, 1000, 900, 1100}));
}

TEST(ValueOutliers, WithoutSpreadNothingIsTold) {
  EventColumns events = event_columns({{1, 1, 5, 0}, {1, 2, 5, 0}, {1, 3, 5, 0}, {1, 4, 1, 0}, {2, 1, 1000, 0}});
  drop_value_outliers(events, 3.5);
  EXPECT_EQ(events.size(), 5);
}

TEST(ValueOutliers, TypesAreJudgedApart) {
  EventColumns events = event_columns(
      {{1, 1, 1, 0, 0}, {1, 2, 2, 0, 0}, {1, 3, 3, 0, 0}, {1, 4, 100, 0, 1}, {1, 5, 200, 0, 1}, {1, 6, 300, 0, 1}});
  drop_value_outliers(events, 3.5);
  EXPECT_EQ(events.size(), 6);
}

TEST(ValueOutliers, EqualThePlainDefinitionOnRandomData) {
  RandomStream random(5, "outliers");
  for (int round = 0; round < 100; ++round) {
    std::vector<EventRow> rows(random.below(80));
    for (auto& row : rows)
      row = {static_cast<std::int32_t>(random.below(6)), 1, static_cast<float>(std::exp(2 * random.normal())), 0,
             static_cast<std::uint8_t>(random.below(2))};
    EventColumns events = event_columns(rows);
    drop_value_outliers(events, 2);
    const EventColumns expected = event_columns(plain(rows, 2));
    ASSERT_EQ(events.value, expected.value);
    ASSERT_EQ(events.user, expected.user);
  }
}

}  // namespace
}  // namespace genre
