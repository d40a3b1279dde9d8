#include "genre/optim/loss_scale.h"

#include <gtest/gtest.h>

namespace genre {
namespace {

TEST(LossScale, StaysWhereItHasNoInterval) {
  LossScale scale({.loss_scale = 1024});
  for (int step = 0; step < 5000; ++step) EXPECT_TRUE(scale.counts(/*overflow=*/step % 2 == 1));
  EXPECT_EQ(scale.factor(), 1024);
  EXPECT_EQ(scale.left_out(), 0);
}

TEST(LossScale, DoublesAfterAnIntervalOfGoodSteps) {
  LossScale scale({.loss_scale = 1024, .loss_scale_interval = 3});
  for (int step = 0; step < 2; ++step) EXPECT_TRUE(scale.counts(false));
  EXPECT_EQ(scale.factor(), 1024);
  EXPECT_TRUE(scale.counts(false));
  EXPECT_EQ(scale.factor(), 2048);
}

TEST(LossScale, HalvesAtAnOverflowLeavesTheStepOutAndCountsAnew) {
  LossScale scale({.loss_scale = 1024, .loss_scale_interval = 3});
  for (int step = 0; step < 2; ++step) scale.counts(false);
  EXPECT_FALSE(scale.counts(true));
  EXPECT_EQ(scale.factor(), 512);
  EXPECT_EQ(scale.left_out(), 1);
  for (int step = 0; step < 2; ++step) scale.counts(false);
  EXPECT_EQ(scale.factor(), 512);
  scale.counts(false);
  EXPECT_EQ(scale.factor(), 1024);
}

TEST(LossScale, AnOverflowAtOneIsTheLossesOwn) {
  LossScale scale({.loss_scale = 2, .loss_scale_interval = 3});
  EXPECT_FALSE(scale.counts(true));
  EXPECT_EQ(scale.factor(), 1);
  EXPECT_TRUE(scale.counts(true));
}

TEST(LossScale, StaysWithinWhatAFloatHolds) {
  LossScale scale({.loss_scale = 9e37, .loss_scale_interval = 1});
  scale.counts(false);
  EXPECT_EQ(scale.factor(), 9e37);
}

TEST(LossScale, GoesOnFromItsState) {
  LossScale one({.loss_scale = 1024, .loss_scale_interval = 3}), two({.loss_scale = 1024, .loss_scale_interval = 3});
  for (const bool overflow : {false, true, false, false}) one.counts(overflow);
  two.restore(one.state());
  for (int step = 0; step < 7; ++step) {
    EXPECT_EQ(one.counts(false), two.counts(false));
    EXPECT_EQ(one.factor(), two.factor());
  }
  EXPECT_EQ(two.left_out(), 1);
}

}  // namespace
}  // namespace genre
