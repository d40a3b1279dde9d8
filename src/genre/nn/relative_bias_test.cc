#include "genre/nn/relative_bias.h"

#include <gtest/gtest.h>

#include <vector>

namespace genre::nn {

TEST(RelativeBias, BucketsAreThoseOfTheReference) {
  // MPNetEncoder.relative_position_bucket of transformers 5.24.0, 32 buckets up to 128.
  const std::vector<std::pair<int, int>> expected = {
      {0, 0},    {-1, 1},   {-7, 7},   {-8, 8},   {-11, 8},  {-12, 9},  {-15, 9},   {-16, 10},  {-22, 10},
      {-23, 11}, {-31, 11}, {-32, 12}, {-64, 14}, {-90, 14}, {-91, 15}, {-128, 15}, {-500, 15}, {1, 17},
      {7, 23},   {8, 24},   {16, 26},  {32, 28},  {64, 30},  {127, 31}, {500, 31}};
  for (const auto& [distance, bucket] : expected) EXPECT_EQ(distance_bucket(distance, 32, 128), bucket) << distance;
}

TEST(RelativeBias, HasAColumnForEachDistance) {
  Matrix table(32, 2);
  for (int bucket = 0; bucket < 32; ++bucket)
    for (int head = 0; head < 2; ++head) table.row(bucket)[head] = static_cast<float>(100 * head + bucket);
  const Matrix bias = relative_bias(table, 20, 128);
  EXPECT_EQ(bias.rows(), 2);
  EXPECT_EQ(bias_length(bias), 20);
  for (int distance = -19; distance < 20; ++distance)
    for (int head = 0; head < 2; ++head)
      EXPECT_EQ(bias.row(head)[distance + 19], static_cast<float>(100 * head + distance_bucket(distance, 32, 128)));
}

}  // namespace genre::nn
