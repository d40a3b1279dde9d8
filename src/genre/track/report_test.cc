#include "genre/track/report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/process.h"
#include "genre/track/html.h"
#include "genre/track/xml_checker.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string_view> kVoids = {"meta"};

Report sample() {
  Report report{.title = "Evaluation of ml-100k",
                .subtitle = "Seven recommenders",
                .facts = {{"dataset", "ml-100k"}, {"seed", "7"}},
                .sections = {}};
  const ReportTable table{.title = "Metrics",
                          .caption = "Means.",
                          .columns = {"model", "ndcg@10", "users", "note"},
                          .rows = {{"ease", "0.2865 [0.2801, 0.2925]", "943", "best"},
                                   {"popularity", "–", "943", "3 seeds, fast"},
                                   {"als", "-0.1", "1,000"}}};
  const Plot bars{.kind = Plot::Kind::kBars,
                  .file = "comparison",
                  .title = "NDCG@10",
                  .x_label = "",
                  .y_label = "ndcg@10",
                  .caption = "Error bars.",
                  .categories = {"ease", "als"},
                  .series = {{.name = "ndcg@10", .x = {}, .y = {{.28, .27, .29}, {.2, .19, .21}}, .labels = {}}}};
  report.sections.push_back(
      {.title = "Accuracy", .paragraphs = {"One.", "Two."}, .tables = {table}, .plots = {bars, bars}});
  report.sections.push_back({.title = "More", .paragraphs = {}, .tables = {table}, .plots = {}});
  return report;
}

class ReportTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("report_test-" + std::to_string(getpid()));
  std::string path_ = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  void SetUp() override { fs::create_directories(folder_ / "empty"); }
  void TearDown() override {
    setenv("PATH", path_.c_str(), 1);
    fs::remove_all(folder_);
  }
};

}  // namespace

TEST_F(ReportTest, WritesThePageAndAnSvgForEveryPlot) {
  const ReportFiles files = write_report(sample(), folder_ / "run");
  EXPECT_EQ(files.html, folder_ / "run/report.html");
  EXPECT_TRUE(fs::exists(folder_ / "run/plots/comparison.svg"));
  EXPECT_TRUE(fs::exists(folder_ / "run/plots/comparison-2.svg")) << "a name used twice";
  for (const auto& image : files.images) EXPECT_GT(fs::file_size(image), 0u);
  EXPECT_EQ(read_file(folder_ / "run/plots/comparison.svg"), plot_svg(sample().sections[0].plots[0]));
}

TEST_F(ReportTest, PngIsTwiceTheSizeOfTheDrawing) {
  if (run_process({"rsvg-convert", "--version"}).exit_code != 0) GTEST_SKIP() << "rsvg-convert is not installed";
  const ReportFiles files = write_report(sample(), folder_);
  EXPECT_EQ(files.images.size(), 4u);
  EXPECT_TRUE(files.warnings.empty());
  const std::string png = read_file(folder_ / "plots/comparison.png");
  ASSERT_TRUE(png.starts_with("\x89PNG"));
  EXPECT_EQ(static_cast<unsigned char>(png[18]) * 256 + static_cast<unsigned char>(png[19]), 2 * 760);
  EXPECT_NE(read_file(files.html).find("href=\"plots/comparison.png\""), std::string::npos);
}

TEST_F(ReportTest, MissingConverterIsOneWarning) {
  setenv("PATH", (folder_ / "empty").c_str(), 1);
  const ReportFiles files = write_report(sample(), folder_);
  ASSERT_EQ(files.warnings.size(), 1u);
  EXPECT_NE(files.warnings[0].find("rsvg-convert is not installed"), std::string::npos);
  EXPECT_EQ(files.images.size(), 2u);
  EXPECT_EQ(read_file(files.html).find(".png"), std::string::npos);
}

TEST_F(ReportTest, FailingConverterIsAWarningAndLeavesNoDraft) {
  std::ofstream(folder_ / "empty/rsvg-convert") << "#!/bin/sh\necho no font; exit 3\n";
  fs::permissions(folder_ / "empty/rsvg-convert", fs::perms::owner_all);
  setenv("PATH", (folder_ / "empty").c_str(), 1);
  const ReportFiles files = write_report(sample(), folder_);
  ASSERT_EQ(files.warnings.size(), 1u);
  EXPECT_NE(files.warnings[0].find("ended with 3: no font"), std::string::npos) << files.warnings[0];
  for (const auto& entry : fs::directory_iterator(folder_ / "plots")) EXPECT_EQ(entry.path().extension(), ".svg");
}

TEST_F(ReportTest, AFileInTheWayIsAResourcesError) {
  write_file_atomic(folder_ / "file", "");
  try {
    write_report(sample(), folder_ / "file");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kResources);
  }
}

TEST_F(ReportTest, PlotNamesNeverLeaveTheFolder) {
  Report report = sample();
  report.sections[0].plots[0].file = "../../outside";
  report.sections[0].plots[1].file = "";
  write_report(report, folder_ / "a/b");
  EXPECT_FALSE(fs::exists(folder_ / "outside.svg"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "a"), fs::directory_iterator()), 1);
  EXPECT_TRUE(fs::exists(folder_ / "a/b/plots/unnamed.svg"));
}

TEST(ReportHtml, IsWellFormedSelfContainedAndWithoutScript) {
  const std::string html = report_html(sample(), {{"plots/a.svg", "plots/a.png"}, {"plots/b.svg", ""}});
  ASSERT_TRUE(html.starts_with("<!DOCTYPE html>\n"));
  const XmlCheck check = check_xml(std::string_view(html).substr(16), kVoids);
  ASSERT_EQ(check.fault, "");
  for (const char* name : {"script", "link", "img", "iframe", "object"}) EXPECT_TRUE(check.named(name).empty()) << name;
  for (const char* outside : {"http:", "https:", "//", "url(", "@import"})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  EXPECT_EQ(check.named("svg").size(), 4u) << "two plots, wide and narrow";
  EXPECT_EQ(check.named("figcaption").size(), 4u);
}

TEST(ReportHtml, ContentsLeadToEverySection) {
  const XmlCheck check = check_xml(std::string_view(report_html(sample(), {})).substr(16), kVoids);
  std::vector<std::string> ids, links;
  for (const auto& section : check.named("section")) ids.push_back("#" + section.attributes.at("id"));
  for (const auto& link : check.named("a")) links.push_back(link.attributes.at("href"));
  EXPECT_EQ(links, ids);
  EXPECT_EQ(ids.size(), 2u);
}

TEST(ReportHtml, NumbersAreSetFlushRight) {
  const ReportTable table = sample().sections[0].tables[0];
  EXPECT_FALSE(numeric_column(table, 0));
  EXPECT_TRUE(numeric_column(table, 1));
  EXPECT_TRUE(numeric_column(table, 2));
  EXPECT_FALSE(numeric_column(table, 3)) << "text that holds a number";
  EXPECT_FALSE(numeric_column(table, 9));
}

TEST(ReportHtml, HostileTextStaysText) {
  const std::string hostile = "<script>alert(1)</script>\" onload='x' & \xff";
  Report report = sample();
  report.title = report.subtitle = report.facts[0].first = report.facts[0].second = hostile;
  for (auto& section : report.sections) {
    section.title = hostile;
    section.paragraphs = {hostile};
    for (auto& table : section.tables)
      table.title = table.caption = table.columns[0] = table.rows[0][0] = table.rows[0][1] = hostile;
    for (auto& plot : section.plots)
      plot.title = plot.caption = plot.x_label = plot.y_label = plot.categories[0] = hostile;
  }
  const XmlCheck check = check_xml(std::string_view(report_html(report, {{hostile, hostile}})).substr(16), kVoids);
  EXPECT_EQ(check.fault, "");
  EXPECT_TRUE(check.named("script").empty());
  for (const auto& element : check.elements) EXPECT_FALSE(element.attributes.contains("onload"));
}

TEST(ReportHtml, EmptyReportIsAPage) {
  const XmlCheck check = check_xml(std::string_view(report_html({}, {})).substr(16), kVoids);
  EXPECT_EQ(check.fault, "");
  EXPECT_TRUE(check.named("nav").empty());
}

TEST(ReportHtml, SameReportSameBytes) { EXPECT_EQ(report_html(sample(), {}), report_html(sample(), {})); }

TEST(XmlChecker, FindsWhatIsWrong) {
  for (const char* wrong : {"<a><b></a></b>", "<a>", "<a></a><b/>", "<a x=1/>", "<a x=\"1\" x=\"2\"/>", "<a>&nope;</a>",
                            "<a>1 < 2</a>", "text", "<a x=\"<\"/>", ""})
    EXPECT_NE(check_xml(wrong).fault, "") << wrong;
  EXPECT_EQ(check_xml("<a x=\"1\">&amp;<b/> text</a>\n").fault, "");
}

}  // namespace genre
