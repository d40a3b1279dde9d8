#include "genre/engine/data_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/track/html.h"

namespace genre {
namespace {

using testing::HasSubstr;

Dataset shop() {
  Dataset out;
  out.name = "shop <1>";
  out.users = IdMap({"a", "b"});
  out.items = IdMap({"x", "y", "z"});
  out.types = {"rating"};
  out.has_time = true;
  Interactions& all = out.interactions;
  all.user = {0, 0, 1};
  all.item = {0, 1, 0};
  all.value = {5, 2, 4};
  all.weight = all.value;
  all.time = {0, 86'400'000, 40ll * 86'400'000};
  all.type = {0, 0, 0};
  all.positive = {1, 0, 1};
  all.part = {0, 0, 0};
  out.cleaning = {{"invalid", 5, 4}, {"repair_text", 4, 4, 2}};
  out.item_fields.fields["title"] = {"X", "", "Z & more"};
  return out;
}

TEST(DataReport, JsonHoldsEveryPartOfTheProfile) {
  const Dataset dataset = shop();
  const auto json = profile_json(profile(dataset));
  EXPECT_EQ(json["by_user"]["median"], 1);
  EXPECT_EQ(json["items_without_events"], 1);
  EXPECT_EQ(json["months"].size(), 2u);
  EXPECT_EQ(json["types"][0]["positive"], 2);
  EXPECT_EQ(json["item_fields"][0]["filled"], 2);
  EXPECT_EQ(cleaning_json(dataset)[1]["changed"], 2);
  EXPECT_FALSE(cleaning_json(dataset)[0].contains("changed"));
}

TEST(DataReport, PageHasAPlotOfEachDistributionAndEscapesText) {
  const Dataset dataset = shop();
  const Report report = data_report(dataset, profile(dataset));
  std::vector<std::string> plots;
  for (const auto& section : report.sections)
    for (const auto& plot : section.plots) plots.push_back(plot.file);
  EXPECT_THAT(plots, testing::ElementsAre("users", "items", "long-tail", "values-rating", "time"));
  const std::string html = report_html(report, std::vector<PlotLinks>(plots.size()));
  EXPECT_THAT(html, HasSubstr("shop &lt;1&gt;"));
  EXPECT_THAT(html, HasSubstr("1970-01 to 1970-02"));
  EXPECT_THAT(html, testing::Not(HasSubstr("<script")));
}

TEST(DataReport, ADatasetWithoutTimesOrFieldsHasNoEmptySections) {
  Dataset dataset = shop();
  dataset.has_time = false;
  dataset.item_fields.fields.clear();
  for (const auto& section : data_report(dataset, profile(dataset)).sections)
    EXPECT_TRUE(section.title != "Time" && section.title != "Fields") << section.title;
}

}  // namespace
}  // namespace genre
