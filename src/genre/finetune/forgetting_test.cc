#include "genre/finetune/forgetting.h"

#include <gtest/gtest.h>

#include <cmath>

namespace genre {
namespace {

using Matrix = std::vector<std::vector<double>>;

TEST(Forgetting, IsTheMeanLossFromTheBestThatWasHad) {
  const Matrix matrix = {{0.9, 0.2, 0.1}, {0.7, 0.8, 0.3}, {0.4, 0.9, 0.6}};
  const Forgetting found = forgetting_of(matrix, "accuracy");
  EXPECT_NEAR(found.forgetting, ((0.9 - 0.4) + (0.8 - 0.9)) / 2, 1e-12);  // what was gained later counts against it
  EXPECT_NEAR(found.final_mean, (0.4 + 0.9 + 0.6) / 3, 1e-12);
}

TEST(Forgetting, CountsFromTheTrainingOfASliceOn) {
  // The first model does best on the second slice, by chance: nothing of it was learnt yet.
  const Matrix matrix = {{0.5, 1.0}, {0.5, 0.8}};
  EXPECT_NEAR(forgetting_of(matrix, "accuracy").forgetting, 0, 1e-12);
}

TEST(Forgetting, OfErrorsIsTheirGrowth) {
  const Matrix matrix = {{0.5, 2.0}, {0.8, 0.4}};
  EXPECT_NEAR(forgetting_of(matrix, "rmse").forgetting, 0.3, 1e-12);
  EXPECT_TRUE(std::isnan(forgetting_of(Matrix{{0.5}}, "rmse").forgetting));
}

}  // namespace
}  // namespace genre
