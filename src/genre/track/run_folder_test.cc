#include "genre/track/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/track/file_name.h"

namespace genre {
namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("run_folder_test-" + std::to_string(getpid()));
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override {
    set_log_file("");
    fs::remove_all(folder_);
  }
  std::vector<nlohmann::json> lines(const fs::path& path) const {
    std::vector<nlohmann::json> out;
    std::istringstream text(read_file(path));
    for (std::string line; std::getline(text, line);) out.push_back(nlohmann::json::parse(line));
    return out;
  }
};

TEST_F(RunFolderTest, NameCarriesAStampAndTheConfigLiesInside) {
  const RunFolder run = RunFolder::create(folder_ / "runs", "ml-100k", "seed = 7\n");
  EXPECT_TRUE(std::regex_match(run.path().filename().string(), std::regex(R"(ml-100k-\d{8}-\d{6})")));
  EXPECT_EQ(run.path().parent_path(), folder_ / "runs");
  EXPECT_EQ(read_file(run.path() / "config.toml"), "seed = 7\n");
  EXPECT_EQ(run.artifact(), run.path() / "artifact");
}

TEST_F(RunFolderTest, ARunInsideARunHasBothNames) {
  const RunFolder outer = RunFolder::create({}, "", "a = 1\n", folder_ / "outer");
  const RunFolder inner = RunFolder::create({}, "", "a = 1\n", folder_ / "outer/fold-0");
  EXPECT_EQ(outer.name(), "outer");
  EXPECT_EQ(inner.name(), "outer/fold-0");
}

TEST_F(RunFolderTest, RunsOfTheSameSecondGetFoldersOfTheirOwn) {
  std::set<fs::path> paths;
  for (int i = 0; i < 5; ++i) paths.insert(RunFolder::create(folder_, "same", std::to_string(i)).path());
  EXPECT_EQ(paths.size(), 5u);
}

TEST_F(RunFolderTest, ExactPathIsUsedAsItIs) {
  const RunFolder run = RunFolder::create(folder_ / "runs", "ignored", "a = 1\n", folder_ / "deep/er/mine");
  EXPECT_EQ(run.path(), folder_ / "deep/er/mine");
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
  RunFolder::create({}, "ignored", "a = 2\n", folder_ / "deep/er/mine");
  EXPECT_EQ(read_file(run.path() / "config.toml"), "a = 2\n");
}

TEST_F(RunFolderTest, LogLinesGoToTheNewestRun) {
  const RunFolder first = RunFolder::create(folder_, "first", "");
  log_warning("one");
  const RunFolder second = RunFolder::create(folder_, "second", "");
  log_warning("two \"quoted\"");
  set_log_file("");
  ASSERT_EQ(lines(first.path() / "log.jsonl").size(), 1u);
  ASSERT_EQ(lines(second.path() / "log.jsonl").size(), 1u);
  EXPECT_EQ(lines(second.path() / "log.jsonl")[0]["message"], "two \"quoted\"");
}

TEST_F(RunFolderTest, MetricsAreOneJsonObjectALineAndNanIsNull) {
  const RunFolder run = RunFolder::create(folder_, "metrics", "");
  run.log_metric(3, "valid", "ndcg@10", 0.2865);
  run.log_metric(4, "valid", "ndcg@10", std::nan(""));
  run.log_metric(5, "valid", "loss", std::numeric_limits<double>::infinity());
  run.log_metric(6, "bad \xff utf-8", "a\"\n", 1e-300);
  const auto metrics = lines(run.path() / "metrics.jsonl");
  ASSERT_EQ(metrics.size(), 4u);
  EXPECT_EQ(metrics[0]["step"], 3);
  EXPECT_EQ(metrics[0]["split"], "valid");
  EXPECT_EQ(metrics[0]["name"], "ndcg@10");
  EXPECT_EQ(metrics[0]["value"], 0.2865);
  EXPECT_GT(metrics[0]["time"], 1'500'000'000'000);
  EXPECT_TRUE(metrics[1]["value"].is_null());
  EXPECT_TRUE(metrics[2]["value"].is_null());
  EXPECT_EQ(metrics[3]["name"], "a\"\n");
  EXPECT_EQ(metrics[3]["value"], 1e-300);
}

TEST_F(RunFolderTest, OpensWhatWasCreatedAndForgetsLaterMetrics) {
  const RunFolder first = RunFolder::create(folder_, "x", "a = 1\n");
  for (int step = 1; step <= 4; ++step) first.log_metric(step, "train", "loss", step);
  const RunFolder second = RunFolder::open(first.path());
  second.forget_metrics_after(2);
  second.log_metric(3, "train", "loss", 30);
  const std::string lines = read_file(first.path() / "metrics.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_NE(lines.find("\"step\":2,"), std::string::npos);
  EXPECT_NE(lines.find("\"value\":30.0"), std::string::npos);
  EXPECT_EQ(lines.find("\"step\":4,"), std::string::npos);
  EXPECT_THROW(RunFolder::open(folder_ / "absent"), Error);
}

TEST_F(RunFolderTest, LinesOfSeveralThreadsDoNotMix) {
  const RunFolder run = RunFolder::create(folder_, "threads", "");
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&run, t] {
      for (int i = 0; i < 100; ++i) run.log_metric(i, "train", std::string(200, static_cast<char>('a' + t)), i);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lines(run.path() / "metrics.jsonl").size(), 400u);
}

TEST_F(RunFolderTest, AFileInTheWayIsAResourcesError) {
  write_file_atomic(folder_ / "file", "");
  const auto expect_refused = [](const auto& create) {
    try {
      create();
      FAIL() << "no error";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kResources) << e.what();
      EXPECT_FALSE(e.hint().empty());
    }
  };
  expect_refused([&] { RunFolder::create(folder_ / "file", "x", ""); });
  expect_refused([&] { RunFolder::create(folder_, "x", "", folder_ / "file"); });
  expect_refused([&] { RunFolder::create(folder_ / "file/below", "x", ""); });
}

TEST_F(RunFolderTest, AMetricOfARemovedRunIsAnError) {
  const RunFolder run = RunFolder::create(folder_, "gone", "");
  set_log_file("");
  fs::remove_all(run.path());
  EXPECT_THROW(run.log_metric(0, "train", "loss", 1), Error);
}

TEST_F(RunFolderTest, NamesNeverLeaveTheParentFolder) {
  for (const std::string name : {"../../etc", "/abs", "a/b", "..", ".", "", "näme \n", "-rf"}) {
    const RunFolder run = RunFolder::create(folder_ / "runs", name, "");
    EXPECT_EQ(fs::canonical(run.path()).parent_path(), fs::canonical(folder_ / "runs")) << name;
  }
  EXPECT_EQ(safe_file_name("../up"), "-.-up");
  EXPECT_EQ(safe_file_name(""), "unnamed");
  EXPECT_EQ(safe_file_name("ml-100k_v1.2"), "ml-100k_v1.2");
  EXPECT_LE(safe_file_name(std::string(5000, 'x')).size(), 100u);
}

}  // namespace genre
