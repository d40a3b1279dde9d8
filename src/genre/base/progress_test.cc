#include "genre/base/progress.h"

#include <gtest/gtest.h>

namespace genre {

TEST(Progress, BarShowsShareRateAndRemainingTime) {
  EXPECT_EQ(Progress::render("embed", 50, 200, 10.0, "", 8), "embed [##......]  25 % 50/200  5.0/s  30 s left");
}

TEST(Progress, UnknownTotalShowsCountAndMetric) {
  EXPECT_EQ(Progress::render("read", 300, 0, 2.0, "loss 0.5", 8), "read 300  150/s  loss 0.5");
}

TEST(Progress, FinishedWorkShowsNoRemainingTime) {
  EXPECT_EQ(Progress::render("fit", 4, 4, 2.0, "", 0), "fit 100 % 4/4  2.0/s");
}

}  // namespace genre
