#include "genre/engine/evaluation_table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/base/error.h"

namespace genre {
namespace {

const nlohmann::ordered_json kEvaluation = nlohmann::ordered_json::parse(R"({"results":[
  {"model":"item_knn","users":5,"protocol":{"split":"leave_one_out","candidates":"all","definition":"genre-1"},
   "metrics":{"ndcg@10":{"value":0.25,"low":0.2,"high":0.3},"rmse":{"value":0.9,"low":0.8,"high":1.0}}},
  {"model":"ease, \"tuned\"","users":5,"protocol":{"split":"leave_one_out","candidates":"all","definition":"genre-1"},
   "metrics":{"ndcg@10":{"value":0.5,"low":null,"high":0.6}}}]})");

TEST(EvaluationTable, TextHasOneRowAModelAndDashesForWhatIsAbsent) {
  const auto table = evaluation_table(kEvaluation, {"ndcg@10", "rmse"}, TableFormat::kText);
  EXPECT_NE(table.find("item_knn        0.2500"), std::string::npos);
  EXPECT_NE(table.find("0.2500 [0.2000, 0.3000]"), std::string::npos);
  EXPECT_NE(table.find("–"), std::string::npos);
}

TEST(EvaluationTable, MarkdownSetsTheBestInBoldAndErrorsTheOtherWay) {
  EXPECT_EQ(evaluation_table(kEvaluation, {"ndcg@10", "rmse"}, TableFormat::kMarkdown),
            "| model | ndcg@10 | rmse |\n|---|---|---|\n"
            "| `item_knn` | 0.2500 [0.2000, 0.3000] | **0.9000 [0.8000, 1.0000]** |\n"
            "| `ease, \"tuned\"` | **0.5000 [nan, 0.6000]** | – |\n");
}

TEST(EvaluationTable, CsvQuotesAndLeavesAbsentCellsEmpty) {
  EXPECT_EQ(evaluation_table(kEvaluation, {"ndcg@10"}, TableFormat::kCsv),
            "model,ndcg@10,ndcg@10_low,ndcg@10_high\nitem_knn,0.25,0.2,0.3\n\"ease, \"\"tuned\"\"\",0.5,,0.6\n");
}

TEST(EvaluationTable, LatexEscapesAndStatesTheProtocol) {
  const auto table = evaluation_table(kEvaluation, {"ndcg@10"}, TableFormat::kLatex);
  EXPECT_NE(table.find("item\\_knn & 0.2500 \\\\"), std::string::npos);
  EXPECT_NE(table.find("\\textbf{0.5000}"), std::string::npos);
  EXPECT_NE(table.find("split: leave\\_one\\_out"), std::string::npos);
}

const nlohmann::ordered_json kDetailed = nlohmann::ordered_json::parse(R"({"results":[
  {"model":"ease","users":5,"protocol":{"split":"k_fold","candidates":"all","definition":"genre-1"},
   "metrics":{"ndcg@10":{"value":0.5,"low":0.4,"high":0.6}},"published":{"ndcg@10":0.625},
   "repetitions":{"ndcg@10":{"mean":0.5,"deviation":0.25,"values":[0.25,0.75]}}},
  {"model":"random","users":5,"protocol":{"split":"k_fold","candidates":"all","definition":"genre-1"},
   "metrics":{"ndcg@10":{"value":0.125,"low":null,"high":null}},
   "repetitions":{"ndcg@10":{"mean":0.125,"deviation":null,"values":[0.125,null]}}}],
  "repetitions":["fold 0","fold 1"],"published_source":"a & b"})");

TEST(EvaluationTable, RepetitionsAndPublishedValuesAreRowsBelow) {
  EXPECT_EQ(evaluation_table(kDetailed, {"ndcg@10"}, TableFormat::kMarkdown),
            "| model | ndcg@10 |\n|---|---|\n"
            "| `ease` | **0.5000 [0.4000, 0.6000]** |\n| mean of 2 | 0.5000 |\n| standard deviation | 0.2500 |\n"
            "| fold 0 | 0.2500 |\n| fold 1 | 0.7500 |\n| published | 0.6250 |\n| difference | -0.1250 |\n"
            "| `random` | 0.1250 |\n| mean of 2 | 0.1250 |\n| standard deviation | – |\n"
            "| fold 0 | 0.1250 |\n| fold 1 | – |\n\nPublished: a & b\n");
  const auto text = evaluation_table(kDetailed, {"ndcg@10"}, TableFormat::kText);
  EXPECT_NE(text.find("\n  difference" + std::string(27, ' ') + "-0.1250\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\npublished: a & b\n"), std::string::npos);
  const auto latex = evaluation_table(kDetailed, {"ndcg@10"}, TableFormat::kLatex);
  EXPECT_NE(latex.find("\\quad published & 0.6250 \\\\\n\\quad difference & -0.1250"), std::string::npos);
  EXPECT_NE(latex.find("definition genre-1. Published: a \\& b.}"), std::string::npos);
}

TEST(EvaluationTable, RepetitionsAndPublishedValuesAreColumnsInCsv) {
  EXPECT_EQ(evaluation_table(kDetailed, {"ndcg@10"}, TableFormat::kCsv),
            "model,ndcg@10,ndcg@10_low,ndcg@10_high,ndcg@10_mean_of_2,ndcg@10_standard_deviation,ndcg@10_fold_0,"
            "ndcg@10_fold_1,ndcg@10_published,ndcg@10_difference\n"
            "ease,0.5,0.4,0.6,0.5,0.25,0.25,0.75,0.625,-0.125\nrandom,0.125,,,0.125,,0.125,,,\n");
}

TEST(EvaluationTable, UnknownFormatsAreRefused) {
  EXPECT_EQ(parse_table_format("latex"), TableFormat::kLatex);
  EXPECT_THROW(parse_table_format("html"), Error);
}

}  // namespace
}  // namespace genre
