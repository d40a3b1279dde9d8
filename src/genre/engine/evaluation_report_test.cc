#include "genre/engine/evaluation_report.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace genre {
namespace {

EvaluationResult result() {
  EvaluationResult out;
  out.users = {1, 2};
  out.metrics = {"ndcg@10"};
  out.split = "temporal";
  out.candidates = "all";
  for (const auto& [name, value] : {std::pair{"popularity", 0.1}, {"ease", 0.25}}) {
    ModelResult model;
    model.model = name;
    model.users = 2;
    model.seconds = 0.5;
    model.metrics["ndcg@10"] = {value, value - 0.05, value + 0.05};
    model.slices["warm"] = {2, model.metrics};
    model.slices["history_0_5"] = {2, model.metrics};
    model.slices["item_6_20"] = {2, model.metrics};
    model.beyond = {};
    model.beyond.novelty = std::numeric_limits<double>::quiet_NaN();
    out.models.push_back(model);
  }
  out.comparisons.push_back({"ndcg@10", "popularity", "ease", {-0.15, -0.2, -0.1, 0.01}, 0.01});
  return out;
}

TEST(EvaluationJson, HasTheContractsFieldsAndNullForNan) {
  const auto json = evaluation_json(result());
  const auto& first = json["results"][0];
  EXPECT_EQ(first["model"], "popularity");
  EXPECT_EQ(first["protocol"]["split"], "temporal");
  EXPECT_EQ(first["metrics"]["ndcg@10"]["value"], 0.1);
  EXPECT_EQ(first["users_per_second"], 4.0);
  EXPECT_EQ(first["slices"]["warm"]["users"], 2);
  EXPECT_TRUE(first["beyond_accuracy"]["novelty"].is_null());
  EXPECT_EQ(json["comparisons"][0]["p"], 0.01);
}

TEST(EvaluationJson, HasRepetitionsWhereThereAreSome) {
  EXPECT_FALSE(evaluation_json(result()).contains("repetitions"));
  EvaluationResult repeated = result();
  repeated.repetitions = {"fold 0", "fold 1"};
  for (auto& model : repeated.models)
    model.repeated["ndcg@10"] = {{0.1, std::numeric_limits<double>::quiet_NaN()}, 0.1, 0.0};
  const auto json = evaluation_json(repeated);
  EXPECT_EQ(json["repetitions"][1], "fold 1");
  EXPECT_EQ(json["results"][0]["repetitions"]["ndcg@10"]["values"][0], 0.1);
  EXPECT_TRUE(json["results"][0]["repetitions"]["ndcg@10"]["values"][1].is_null());
  const ReportSection section = evaluation_section(repeated, "Models", "models", {});
  ASSERT_EQ(section.tables.size(), evaluation_section(result(), "Models", "models", {}).tables.size() + 1);
  EXPECT_EQ(section.tables[1].rows[0],
            (std::vector<std::string>{"popularity", "ndcg@10", "0.1000", "0.0000", "0.1000", "–"}));
}

TEST(EvaluationSection, HasTablesAndTheFourPlots) {
  const ReportSection section = evaluation_section(result(), "Models", "models", {"words"});
  EXPECT_EQ(section.tables.size(), 6u);
  ASSERT_EQ(section.plots.size(), 4u);
  EXPECT_EQ(section.plots[0].series[0].y[1].value, 0.25);
  EXPECT_EQ(section.plots[1].series.size(), 2u);
  EXPECT_EQ(section.plots[2].categories[1], "6–20 (2 users)");
  EXPECT_EQ(section.plots[2].series[1].y[1].value, 0.25);
  EXPECT_TRUE(std::isnan(section.plots[2].series[1].y[0].value));
  EXPECT_EQ(section.plots[3].series[0].labels, (std::vector<std::string>{"popularity", "ease"}));
}

TEST(Ratio, IsNanWhereTheBaselineIsZeroOrAbsent) {
  EXPECT_DOUBLE_EQ(ratio(result(), "ndcg@10", "ease", "popularity"), 2.5);
  EXPECT_TRUE(std::isnan(ratio(result(), "ndcg@10", "ease", "absent")));
}

}  // namespace
}  // namespace genre
