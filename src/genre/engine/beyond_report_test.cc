#include "genre/engine/beyond_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/base/not_a_number.h"
#include "genre/engine/evaluation_report.h"

namespace genre {
namespace {

EvaluationResult two_models() {
  EvaluationResult out;
  out.metrics = {"ndcg@10"};
  for (const auto& [name, value] : {std::pair{"popularity", 0.1}, {"ease", 0.25}}) {
    ModelResult model;
    model.model = name;
    model.users = 70;
    model.seconds = 1;
    model.metrics["ndcg@10"] = {value, value, value};
    model.lists = {.k = 20,
                   .intra_list_diversity = {0.5, 0.4, 0.6},
                   .serendipity = {value, value, value},
                   .calibration = {kNan, kNan, kNan},
                   .similarity = "Jaccard of genres",
                   .calibration_field = "",
                   .exposure = {{"popularity", {"head", "tail"}, {{0.2, 0.9, 0.8, 1.125}, {0.8, 0.1, 0.2, 0.5}}}}};
    UserGroupResult groups{.field = "gender", .groups = {}, .gaps = {{"ndcg@10", {0.05, "M", "F", 0.25}}}};
    groups.groups.push_back({"F", 30, true, {{"ndcg@10", {value, value - 0.01, value + 0.01}}}});
    groups.groups.push_back({"M", 38, true, {{"ndcg@10", {value + 0.05, value, value + 0.1}}}});
    groups.groups.push_back({"", 2, false, {{"ndcg@10", {value, value, value}}}});
    model.user_groups.push_back(groups);
    out.models.push_back(model);
  }
  return out;
}

TEST(BeyondJson, SaysWithWhatEachWasMeasured) {
  const auto json = evaluation_json(two_models())["results"][1];
  const auto& beyond = json["beyond_accuracy"];
  EXPECT_EQ(beyond["k"], 20);
  EXPECT_EQ(beyond["intra_list_diversity"]["similarity"], "Jaccard of genres");
  EXPECT_EQ(beyond["intra_list_diversity"]["low"], 0.4);
  EXPECT_EQ(beyond["serendipity"]["unlike"], "popularity");
  EXPECT_TRUE(beyond["calibration"]["value"].is_null());
  EXPECT_TRUE(beyond["calibration"]["field"].is_null());
  EXPECT_EQ(beyond["exposure"]["popularity"][1]["group"], "tail");
  EXPECT_EQ(beyond["exposure"]["popularity"][1]["ratio"], 0.5);
  const auto& gender = json["user_groups"]["gender"];
  EXPECT_EQ(gender["groups"][2]["in_gap"], false);
  EXPECT_EQ(gender["groups"][0]["metrics"]["ndcg@10"]["value"], 0.25);
  EXPECT_EQ(gender["gaps"]["ndcg@10"]["highest"], "M");
}

TEST(BeyondTables, OneForListsOneAGroupingOfItemsOneAGroupingOfUsers) {
  const auto tables = beyond_tables(two_models());
  ASSERT_EQ(tables.size(), 3u);
  EXPECT_NE(tables[0].caption.find("Jaccard of genres"), std::string::npos);
  EXPECT_NE(tables[0].caption.find("evaluate.calibration_field"), std::string::npos);
  EXPECT_EQ(tables[0].rows[1],
            (std::vector<std::string>{"ease", "0.5000 [0.4000, 0.6000]", "0.2500 [0.2500, 0.2500]", "–"}));
  EXPECT_EQ(tables[1].rows[1], (std::vector<std::string>{"tail", "0.800", "0.200", "0.500", "0.500"}));
  EXPECT_EQ(tables[2].rows[2][0], "not given");
  EXPECT_EQ(tables[2].rows[3], (std::vector<std::string>{"gap", "–", "0.0500 [p 0.250]", "0.0500 [p 0.250]"}));
}

TEST(UserGroupPlots, HaveOneBarALargeGroupAndModel) {
  const auto plots = user_group_plots(two_models(), "models");
  ASSERT_EQ(plots.size(), 1u);
  EXPECT_EQ(plots[0].categories, (std::vector<std::string>{"F", "M"}));
  ASSERT_EQ(plots[0].series.size(), 2u);
  EXPECT_EQ(plots[0].series[1].y[1].value, 0.3);
  EvaluationResult none = two_models();
  for (auto& model : none.models) model.user_groups[0].gaps.clear();
  EXPECT_TRUE(user_group_plots(none, "models").empty());
}

TEST(BeyondText, HasARowAModelAndTheGaps) {
  const std::string text = beyond_text(evaluation_json(two_models()), {"rmse", "ndcg@10"});
  EXPECT_NE(text.find("at 20: diversity by Jaccard of genres, calibration by no field"), std::string::npos);
  EXPECT_NE(text.find("ease             0.0000"), std::string::npos);
  EXPECT_NE(text.find("gender, ndcg@10: 0.0500 from F (lowest) to M (highest), p 0.250"), std::string::npos);
  EXPECT_EQ(beyond_text(evaluation_json(EvaluationResult{}), {"ndcg@10"}), "");
}

}  // namespace
}  // namespace genre
