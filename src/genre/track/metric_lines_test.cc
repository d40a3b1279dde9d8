#include "genre/track/metric_lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "genre/track/run_folder.h"

namespace genre {
namespace fs = std::filesystem;

class MetricLinesTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("metric_lines_test-" + std::to_string(getpid()));
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  void append(const std::string& text) { std::ofstream(folder_ / "metrics.jsonl", std::ios::app) << text; }
};

TEST_F(MetricLinesTest, ReadsWhatARunFolderWrote) {
  const RunFolder run = RunFolder::create({}, "x", "", folder_);
  run.log_metric(3, "valid", "ndcg@10", 0.1 + 0.2);
  run.log_metric(4, "train", "loss", std::numeric_limits<double>::infinity());
  const auto lines = MetricReader(folder_ / "metrics.jsonl").next();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].step, 3);
  EXPECT_EQ(lines[0].tag(), "valid/ndcg@10");
  EXPECT_EQ(lines[0].value, 0.1 + 0.2);
  EXPECT_GT(lines[0].time, 1'600'000'000'000);
  EXPECT_TRUE(std::isnan(lines[1].value));
}

TEST_F(MetricLinesTest, GoesOnWhereItStoppedAndWaitsForTheEndOfALine) {
  MetricReader reader(folder_ / "metrics.jsonl");
  EXPECT_TRUE(reader.next().empty()) << "no file yet";
  const std::string line = R"({"time":1,"step":2,"split":"train","name":"loss","value":0.5})";
  append(line + "\n" + line + "\n" + line.substr(0, 20));
  EXPECT_EQ(reader.next(1).size(), 1u);
  EXPECT_EQ(reader.next().size(), 1u);
  EXPECT_TRUE(reader.next().empty());
  append(line.substr(20) + "\n");
  EXPECT_EQ(reader.next().size(), 1u);
}

TEST_F(MetricLinesTest, PassesOverWhatIsNoMetric) {
  append("\n{\n[1]\n{\"time\":1}\n{\"time\":\"x\",\"step\":2,\"split\":\"a\",\"name\":\"b\",\"value\":1}\n");
  append(R"({"time":1,"step":2,"split":"a","name":"b","value":null})"
         "\n");
  const auto lines = MetricReader(folder_ / "metrics.jsonl").next();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(std::isnan(lines[0].value));
}

}  // namespace genre
