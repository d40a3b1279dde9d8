#include "genre/finetune/time_slices.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/finetune/examples.h"

namespace genre {
namespace {

namespace fs = std::filesystem;

class TimeSlices : public testing::Test {
 protected:
  TimeSlices() { fs::create_directories(folder_); }
  ~TimeSlices() override { fs::remove_all(folder_); }
  // Sixty texts, one a day, of two labels.
  FinetuneConfig config(int count, double replay) {
    std::string lines = "text,label,when\n";
    for (int day = 59; day >= 0; --day)
      lines += "text " + std::to_string(day) + "," + (day % 2 == 0 ? "a" : "b") + ",2024-0" +
               std::to_string(day / 28 + 1) + "-" + (day % 28 < 9 ? "0" : "") + std::to_string(day % 28 + 1) + "\n";
    write_file_atomic(folder_ / "examples.csv", lines);
    FinetuneConfig out;
    out.base_folder = folder_;
    out.finetune.ratio = {0.5, 0.0, 0.5};
    out.finetune.time_slices = {.count = count, .replay = replay};
    ExampleSourceOptions source;
    source.path = "examples.csv";
    source.columns["time"] = {.index = {}, .name = "when"};
    out.finetune.examples = {source};
    return out;
  }
  Examples read(const FinetuneConfig& config, const std::vector<ExampleSourceOptions>& sources) {
    FinetuneConfig one = config;
    one.finetune.examples = sources;
    return read_examples(one, labelled_columns("classify"));
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / ("time-slices-" + std::to_string(getpid()));
};

TEST(CutByTime, PutsEqualTimesIntoOneSliceAndKeepsTheOrder) {
  const std::vector<std::int64_t> times = {5, 1, 2, 2, 2, 9};
  EXPECT_EQ(cut_by_time(times, 2), (std::vector<int>{1, 0, 0, 0, 0, 1}));
  EXPECT_EQ(cut_by_time(times, 3), (std::vector<int>{1, 0, 0, 0, 0, 2}));
  EXPECT_THROW(cut_by_time(std::vector<std::int64_t>{1, 1, 1}, 2), Error);
}

TEST_F(TimeSlices, HoldEveryExampleOnceInTheOrderOfTime) {
  const FinetuneConfig config = this->config(3, 0);
  const auto slices = write_time_slices(config, folder_ / "slices");
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(slices[0].from, "2024-01-01");
  EXPECT_EQ(slices[2].to, "2024-03-04");
  std::set<std::string> texts;
  for (const auto& slice : slices) {
    EXPECT_LT(slice.from, slice.to);
    EXPECT_EQ(slice.train + slice.test, 20);
    EXPECT_TRUE(slice.replay.empty());
    const Examples own = read(config, slice.own);
    EXPECT_EQ(static_cast<std::int64_t>(own.of(Part::kTest).size()), slice.test);
    texts.insert(own.texts.begin(), own.texts.end());
  }
  EXPECT_EQ(texts.size(), 60U);
}

TEST_F(TimeSlices, ReplayAShareOfWhatOlderOnesLearntFromAndNothingElse) {
  const FinetuneConfig config = this->config(3, 0.5);
  const auto slices = write_time_slices(config, folder_ / "slices");
  EXPECT_EQ(slices[0].replayed, 0);
  EXPECT_EQ(slices[2].replayed, (slices[0].train + slices[1].train + 1) / 2);
  std::set<std::string> older;
  for (int s = 0; s < 2; ++s) {
    const Examples own = read(config, slices[s].own);
    for (const auto i : own.of(Part::kTrain)) older.insert(own.texts[i]);
  }
  const Examples again = read(config, slices[2].replay);
  EXPECT_EQ(static_cast<std::int64_t>(again.texts.size()), slices[2].replayed);
  for (std::size_t i = 0; i < again.texts.size(); ++i) {
    EXPECT_TRUE(older.contains(again.texts[i])) << again.texts[i];
    EXPECT_EQ(again.parts[i], Part::kTrain);
  }
}

TEST_F(TimeSlices, RefuseTimesThatAreNoneAndSlicesWithoutTests) {
  FinetuneConfig config = this->config(3, 0);
  config.finetune.ratio = {1, 0, 0};
  EXPECT_THROW(write_time_slices(config, folder_ / "slices"), Error);
  config.finetune.examples[0].columns["time"].name = "label";
  try {
    write_time_slices(config, folder_ / "slices");
    ADD_FAILURE() << "labels are no times";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kData);
  }
}

}  // namespace
}  // namespace genre
