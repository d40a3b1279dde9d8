#include "genre/finetune/mean_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace genre {
namespace {

TEST(MeanInterval, IsStudents) {
  // scipy 1.17: t.interval(.95, 4, mean, sem) of these five.
  const std::vector<double> values = {0.81, 0.84, 0.86, 0.83, 0.85};
  const MeanInterval found = mean_interval(values);
  EXPECT_NEAR(found.mean, 0.838, 1e-12);
  EXPECT_NEAR(found.low, 0.8141164, 5e-6);
  EXPECT_NEAR(found.high, 0.8618836, 5e-6);
}

TEST(MeanInterval, OneValueHasNone) {
  const std::vector<double> values = {0.5};
  EXPECT_EQ(mean_interval(values).mean, 0.5);
  EXPECT_TRUE(std::isnan(mean_interval(values).low));
}

}  // namespace
}  // namespace genre
