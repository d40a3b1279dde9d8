#include "genre/rec/slope_one.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/rec/dense_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr double kUnrated = -1;

// The weighted prediction as the paper writes it.
double predicted(const std::vector<std::vector<double>>& ratings, const std::vector<double>& own, std::size_t j,
                 int min_support) {
  double sum = 0, weight = 0, item_sum = 0, item_count = 0, all_sum = 0, all_count = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] == kUnrated || i == j) continue;
    double difference = 0, count = 0;
    for (const auto& user : ratings) {
      if (user[i] == kUnrated || user[j] == kUnrated) continue;
      difference += user[j] - user[i];
      count += 1;
    }
    if (count < min_support) continue;
    sum += (own[i] + difference / count) * count;
    weight += count;
  }
  if (weight > 0) return sum / weight;
  for (const auto& user : ratings) {
    if (user[j] != kUnrated) item_sum += user[j], item_count += 1;
    for (const double rating : user)
      if (rating != kUnrated) all_sum += rating, all_count += 1;
  }
  return item_count > 0 ? item_sum / item_count : all_sum / all_count;
}

TEST(SlopeOne, EqualsTheWeightedSchemeOverAllPairs) {
  const SmallWorld world = small_world(25, 16, 3, 4, /*cold=*/1);
  const auto ratings = dense(world.ratings, kUnrated);
  for (const int min_support : {1, 5}) {
    SlopeOneOptions options;
    options.min_support = min_support;
    SlopeOne model(options);
    model.fit(world.data());
    for (std::int32_t user = 0; user < 25; ++user) {
      const auto scores = scores_of(model, {.user = user});
      for (std::size_t j = 0; j < 16; ++j)
        EXPECT_NEAR(scores[j], predicted(ratings, ratings[user], j, min_support), 1e-4) << user << " " << j;
    }
    const std::vector<std::int32_t> history = {4, 9, 1};
    std::vector<double> own(16, kUnrated);
    for (const std::int32_t item : history) own[item] = rating_scale(world.ratings, world.interactions).liked;
    const auto scores = scores_of(model, {.history = history});
    for (std::size_t j = 0; j < 16; ++j) EXPECT_NEAR(scores[j], predicted(ratings, own, j, min_support), 1e-4);
  }
}

TEST(SlopeOne, IsExactWhereUsersDifferByAConstant) {
  std::vector<Triplet> entries;
  for (std::int32_t u = 0; u < 4; ++u)
    for (std::int32_t i = 0; i < 5; ++i)
      if (u != 3 || i == 2) entries.push_back({u, i, static_cast<float>(2 * i + u)});
  const CsrMatrix ratings = csr_from_triplets(4, 5, entries);
  SlopeOne model({});
  model.fit({ratings, {}, 7, &ratings});
  const auto scores = scores_of(model, {.user = 3});
  for (const int i : {0, 1, 3, 4}) EXPECT_FLOAT_EQ(scores[i], static_cast<float>(2 * i + 3));
  EXPECT_EQ(model.rating_range(), (std::pair<float, float>(0, 10)));
}

TEST(SlopeOne, OneUserIsOnlyTheMeans) {
  const CsrMatrix ratings = csr_from_triplets(1, 3, {{0, 0, 2}, {0, 1, 4}});
  SlopeOne model({});
  model.fit({ratings, {}, 7, &ratings});
  EXPECT_EQ(scores_of(model, {.user = 0}), (std::vector<float>{2, 4, 3}));
}

}  // namespace
}  // namespace genre
