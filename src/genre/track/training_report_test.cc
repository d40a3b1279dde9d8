#include "genre/track/training_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "genre/config/toml.h"
#include "genre/track/html.h"
#include "genre/track/xml_checker.h"

namespace genre {
namespace {

TrainingSubject subject() {
  return {.task = "classify",
          .base = {"sentence-transformers/all-MiniLM-L6-v2", "apache-2.0"},
          .sources = {"reviews <a> & b.csv"},
          .examples = {{"train", 3874}, {"valid", 483}, {"test", 483}},
          .labels = 3,
          .mean_tokens = 30.6,
          .maximum_tokens = 128,
          .metric = "accuracy",
          .trained_parameters = 22'710'000,
          .total_parameters = 22'710'000,
          .steps = 2000,
          .configuration = config::parse_toml("seed = 7\n[optimizer]\nname = \"adamw\"\nclip = 1.0\n", "x")};
}

std::vector<MetricLine> metrics(std::int64_t steps) {
  std::vector<MetricLine> out;
  const auto add = [&](std::int64_t step, const char* split, const char* name, double value) {
    out.push_back({.time = step, .step = step, .split = split, .name = name, .value = value});
  };
  for (std::int64_t step = 1; step <= steps; ++step) {
    add(step, "train", "loss", 2.0 / static_cast<double>(step));
    add(step, "train", "learning_rate", 1e-4);
    add(step, "train", "gradient_norm", 3);
    if (step % 500 != 0) continue;
    add(step, "valid", "loss", 0.5);
    add(step, "valid", "accuracy", 0.8 + static_cast<double>(step) / 1e5);
    add(step, "valid", "perplexity", 12);
  }
  return out;
}

std::string fact(const Report& report, const std::string& name) {
  for (const auto& [key, value] : report.facts)
    if (key == name) return value;
  return "absent";
}

const Plot* plot(const Report& report, const std::string& file) {
  for (const auto& section : report.sections)
    for (const auto& one : section.plots)
      if (one.file == file) return &one;
  return nullptr;
}

}  // namespace

TEST(TrainingReport, SaysWhatWasKeptAndMeasured) {
  auto lines = metrics(2000);
  lines.push_back({.time = 1, .step = 1500, .split = "test", .name = "accuracy", .value = 0.824});
  const Report report =
      training_report("run-1", subject(), lines,
                      TrainingResult{.best_step = 1500, .steps = 2000, .seconds = 1752.3, .examples_per_second = 9.04});
  EXPECT_EQ(fact(report, "state"), "finished after 2,000 steps");
  EXPECT_EQ(fact(report, "examples"), "train 3,874, valid 483, test 483");
  EXPECT_EQ(fact(report, "kept weights"), "step 1,500, by accuracy of the validation part");
  EXPECT_EQ(fact(report, "time"), "29.2 min of training steps, 9.0 examples a second");
  const ReportTable& table = report.sections[0].tables[0];
  EXPECT_EQ(table.rows, (std::vector<std::vector<std::string>>{
                            {"accuracy", "0.815", "0.824"}, {"loss", "0.5", "–"}, {"perplexity", "12", "–"}}));
  EXPECT_EQ(
      report.sections.back().tables[0].rows,
      (std::vector<std::vector<std::string>>{{"optimizer.clip", "1"}, {"optimizer.name", "adamw"}, {"seed", "7"}}));
}

TEST(TrainingReport, LongCurvesAreThinnedAndSaySo) {
  const Report report = training_report("run-1", subject(), metrics(2000), TrainingResult{.best_step = 500});
  const Plot* const loss = plot(report, "loss");
  ASSERT_NE(loss, nullptr);
  ASSERT_EQ(loss->series.size(), 3u);
  EXPECT_EQ(loss->series[0].y.size(), 500u);
  EXPECT_EQ(loss->series[2].y.size(), 4u) << "the validation part as it was measured";
  EXPECT_NE(loss->caption.find("mean of 4 consecutive steps"), std::string::npos) << loss->caption;
  EXPECT_NE(loss->caption.find("moving average over 40 steps"), std::string::npos) << loss->caption;
  EXPECT_NE(plot(report, "gradient_norm")->caption.find("clipped to 1"), std::string::npos);
  const Report small = training_report("run-1", subject(), metrics(30), TrainingResult{});
  EXPECT_NE(plot(small, "loss")->caption.find("Every step."), std::string::npos);
}

TEST(TrainingReport, MeasuresOfOtherSizesHaveTheirOwnPlot) {
  const Report report = training_report("run-1", subject(), metrics(1000), TrainingResult{});
  ASSERT_NE(plot(report, "validation"), nullptr);
  EXPECT_EQ(plot(report, "validation")->series.size(), 1u);
  ASSERT_NE(plot(report, "validation-perplexity"), nullptr);
}

TEST(TrainingReport, AnInterruptedTrainingShowsItsLastMeasurement) {
  const Report report = training_report("run-1", subject(), metrics(1100), {}, "interrupted");
  EXPECT_EQ(fact(report, "state"), "interrupted at step 1,100 of 2,000");
  EXPECT_EQ(fact(report, "kept weights"), "absent");
  EXPECT_EQ(report.sections[0].tables[0].rows[0], (std::vector<std::string>{"accuracy", "0.81", "–"}));
}

TEST(TrainingReport, IsAWholePageWithoutAnyMetricAndWithUndefinedOnes) {
  std::vector<MetricLine> undefined = metrics(600);
  for (auto& line : undefined) line.value = std::numeric_limits<double>::quiet_NaN();
  for (const auto& lines : {std::vector<MetricLine>{}, undefined, metrics(600)}) {
    const std::string page = report_html(training_report("a <b> & c", subject(), lines, {}, "failed"), {});
    const XmlCheck check = check_xml(std::string_view(page).substr(16), {"meta"});
    EXPECT_EQ(check.fault, "");
    EXPECT_NE(page.find("reviews &lt;a&gt; &amp; b.csv"), std::string::npos);
  }
}

}  // namespace genre
