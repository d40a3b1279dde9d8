#include "genre/optim/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace genre {
namespace {

ScheduleOptions options(const std::string& name, double warmup = 0, double floor = 0) {
  ScheduleOptions out;
  out.schedule = name;
  out.warmup = warmup;
  out.floor = floor;
  return out;
}

TEST(Schedule, WarmupRisesLinearlyToTheFullRate) {
  for (const char* name : {"constant", "linear", "cosine", "inverse_sqrt", "plateau"}) {
    EXPECT_DOUBLE_EQ(schedule_factor(options(name, 10), 1, 100), 0.1) << name;
    EXPECT_DOUBLE_EQ(schedule_factor(options(name, 10), 10, 100), 1) << name;
  }
}

TEST(Schedule, WarmupBelowOneIsAShare) {
  EXPECT_EQ(warmup_steps(options("linear", 0.06), 200), 12);
  EXPECT_EQ(warmup_steps(options("linear", 25), 200), 25);
  EXPECT_EQ(warmup_steps(options("linear", 500), 200), 200);
}

TEST(Schedule, LinearAndCosineFallTowardsTheFloorAndNeverReachIt) {
  for (const char* name : {"linear", "cosine"}) {
    EXPECT_DOUBLE_EQ(schedule_factor(options(name, 0, 0.1), 1, 100), 1) << name;
    EXPECT_NEAR(schedule_factor(options(name, 0, 0.1), 51, 100), 0.55, 1e-12) << name;
    EXPECT_GT(schedule_factor(options(name, 0, 0.1), 100, 100), 0.1) << name;
    EXPECT_NEAR(schedule_factor(options(name, 0, 0.1), 101, 100), 0.1, 1e-12) << name;
  }
}

TEST(Schedule, InverseSqrtFollowsTheRoot) {
  EXPECT_DOUBLE_EQ(schedule_factor(options("inverse_sqrt", 25), 100, 1000), 0.5);
  EXPECT_DOUBLE_EQ(schedule_factor(options("inverse_sqrt", 25, 0.3), 2500, 10000), 0.3);
}

TEST(Schedule, OneCycleStartsAtATwentyFifth) {
  EXPECT_NEAR(schedule_factor(options("one_cycle", 1000), 1, 3000), 0.04, 1e-4);
  EXPECT_DOUBLE_EQ(schedule_factor(options("one_cycle", 1000), 1000, 3000), 1);
  EXPECT_NEAR(schedule_factor(options("one_cycle", 1000), 2001, 3000), 0.5, 1e-9);
}

TEST(Schedule, NoStepHasNoRate) {
  for (const char* name : {"constant", "linear", "cosine", "inverse_sqrt", "one_cycle", "plateau"})
    for (std::int64_t step = 1; step <= 7; ++step) EXPECT_GT(schedule_factor(options(name, 0.3), step, 7), 0) << name;
}

TEST(Plateau, HalvesAfterPatienceAndNanIsNoImprovement) {
  Plateau plateau(options("plateau"));
  plateau.measured(0.5);
  plateau.measured(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(plateau.factor(), 1);
  plateau.measured(0.5);
  EXPECT_EQ(plateau.factor(), 0.5);
  plateau.measured(0.6);
  plateau.measured(0.6);
  EXPECT_EQ(plateau.factor(), 0.5);
  plateau.measured(0.6);
  EXPECT_EQ(plateau.factor(), 0.25);
}

TEST(Plateau, OtherSchedulesDoNotFollowWhatIsMeasured) {
  for (const char* name : {"constant", "linear", "cosine", "inverse_sqrt", "one_cycle"}) {
    Plateau plateau(options(name));
    for (int i = 0; i < 10; ++i) plateau.measured(0.5);
    EXPECT_EQ(plateau.factor(), 1) << name;
  }
}

TEST(Plateau, RestoredGoesOnAsTheOriginal) {
  Plateau first(options("plateau"));
  first.measured(0.5);
  first.measured(0.4);
  Plateau second(options("plateau"));
  second.restore(first.state());
  first.measured(0.4);
  second.measured(0.4);
  EXPECT_EQ(second.factor(), first.factor());
  EXPECT_EQ(second.factor(), 0.5);
}

}  // namespace
}  // namespace genre
