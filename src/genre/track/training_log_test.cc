#include "genre/track/training_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/track/metric_lines.h"

namespace genre {
namespace fs = std::filesystem;

class TrainingLogTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("training_log_test-" + std::to_string(getpid()));
  void SetUp() override { RunFolder::create({}, "x", "", folder_); }
  void TearDown() override {
    set_log_file("");
    fs::remove_all(folder_);
  }
  std::vector<std::int64_t> steps(const std::string& tag) const {
    std::vector<std::int64_t> out;
    for (const auto& line : MetricReader(folder_ / "metrics.jsonl").next())
      if (line.tag() == tag) out.push_back(line.step);
    return out;
  }
  static void train(TrainingLog& log, std::int64_t from, std::int64_t to) {
    for (std::int64_t step = from; step <= to; ++step) log.log(step, "train", "loss", 1.0 / static_cast<double>(step));
  }
};

TEST_F(TrainingLogTest, AResumedTrainingHasEachStepOnce) {
  {
    TrainingLog log(RunFolder::open(folder_), {});
    log.start({}, 0);
    train(log, 1, 7);
    log.log(5, "valid", "accuracy", 0.5);
  }
  TrainingLog log(RunFolder::open(folder_), {});
  log.start({}, 4);
  EXPECT_EQ(steps("train/loss"), (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_TRUE(steps("valid/accuracy").empty());
  train(log, 5, 8);
  EXPECT_EQ(steps("train/loss"), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(TrainingLogTest, ATrainingThatWasOverDoesNotRepeatItsTestPart) {
  for (int i = 0; i < 2; ++i) {
    TrainingLog log(RunFolder::open(folder_), {});
    log.start({}, i * 8);
    train(log, i * 8 + 1, 8);
    log.log(6, "test", "accuracy", 0.5);
  }
  EXPECT_EQ(steps("test/accuracy"), (std::vector<std::int64_t>{6}));
}

TEST_F(TrainingLogTest, ATrainingThatStartsAnewForgetsTheOld) {
  for (int i = 0; i < 2; ++i) {
    TrainingLog log(RunFolder::open(folder_), {});
    log.start({}, 0);
    EXPECT_FALSE(fs::exists(folder_ / "mlflow.json")) << "that run is over";
    write_file_atomic(folder_ / "mlflow.json", "{}");
    train(log, 1, 3);
  }
  EXPECT_EQ(steps("train/loss"), (std::vector<std::int64_t>{1, 2, 3}));
  TrainingLog log(RunFolder::open(folder_), {});
  log.start({}, 2);
  EXPECT_TRUE(fs::exists(folder_ / "mlflow.json")) << "this one goes on";
}

TEST_F(TrainingLogTest, TheReportSaysHowItEnded) {
  {
    TrainingLog log(RunFolder::open(folder_), {});
    log.start({.task = "classify", .steps = 9}, 0);
    train(log, 1, 5);
  }
  EXPECT_NE(read_file(folder_ / "report.html").find("failed at step 5 of 9"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "model"));
  fs::create_directories(folder_ / "model");
  {
    TrainingLog log(RunFolder::open(folder_), {});
    log.start({.task = "classify", .steps = 9}, 5);
    train(log, 6, 9);
    log.finish({.best_step = 9, .steps = 9});
  }
  EXPECT_NE(read_file(folder_ / "report.html").find("finished after 9 steps"), std::string::npos);
  EXPECT_NE(read_file(folder_ / "model/README.md").find("fine-tuned with GENRE"), std::string::npos);
}

TEST_F(TrainingLogTest, AReportThatCannotBeWrittenIsAWarning) {
  TrainingLog log(RunFolder::open(folder_), {});
  log.start({.steps = 1}, 0);
  train(log, 1, 1);
  fs::create_directories(folder_ / "report.html" / "in the way");
  testing::internal::CaptureStderr();
  log.finish({});
  EXPECT_NE(testing::internal::GetCapturedStderr().find("the report of the training is not whole"), std::string::npos);
}

TEST_F(TrainingLogTest, WrongOptionsAreRefusedBeforeAnythingIsTrained) {
  EXPECT_THROW(TrainingLog(RunFolder::open(folder_), {.mlflow = "nowhere"}), Error);
}

}  // namespace genre
