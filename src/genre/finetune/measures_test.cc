#include "genre/finetune/measures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace genre {
namespace {

// Three texts, three labels; the third label neither occurs nor is found.
TEST(Measures, OfOneLabelCountOnlyLabelsThatOccurOrAreFound) {
  const std::vector<float> logits = {2, 0, -1, 0, 1, 0, 3, 0, 0};
  const std::vector<std::int64_t> truth = {0, 1, 1};
  const Values found = one_label_values({logits.data(), 3, 3}, truth);
  EXPECT_NEAR(found.at("accuracy"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(found.at("macro_f1"), 2.0 / 3, 1e-12);  // 2 of 3 each
  const double wanted = -(std::log(std::exp(2) / (std::exp(2) + 1 + std::exp(-1))) +
                          std::log(std::exp(1) / (std::exp(1) + 2)) + std::log(1 / (std::exp(3) + 2))) /
                        3;
  EXPECT_NEAR(found.at("loss"), wanted, 1e-7);
}

// Pairs of a positive and a negative text: of four, three are in order and one is a tie.
TEST(Measures, OfTwoLabelsGiveTheAreaUnderTheCurve) {
  const std::vector<float> logits = {0, 2, 1, 2, 3, 3, 0, 1};
  const std::vector<std::int64_t> truth = {1, 1, 0, 0};
  EXPECT_NEAR(one_label_values({logits.data(), 4, 2}, truth).at("auc"), (2 + 1 + 0.5) / 4, 1e-12);
  EXPECT_FALSE(one_label_values({logits.data(), 2, 4}, std::vector<std::int64_t>{1, 1}).contains("auc"));
  EXPECT_TRUE(std::isnan(one_label_values({logits.data(), 2, 2}, std::vector<std::int64_t>{1, 1}).at("auc")));
}

TEST(Measures, OfManyLabelsWantExactlyTheirsForAccuracy) {
  const std::vector<float> logits = {1, -1, 1, 1};
  const std::vector<std::vector<std::int32_t>> truth = {{0}, {1}};
  const Values found = many_label_values({logits.data(), 2, 2}, truth);
  EXPECT_NEAR(found.at("accuracy"), 0.5, 1e-12);
  EXPECT_NEAR(found.at("micro_f1"), 2 * 2.0 / 5, 1e-12);
  EXPECT_NEAR(found.at("macro_f1"), (2.0 / 3 + 1) / 2, 1e-12);
  EXPECT_NEAR(found.at("loss"), (3 * std::log1p(std::exp(-1)) + std::log1p(std::exp(1))) / 4, 1e-7);
  EXPECT_EQ(many_label_values({std::vector<float>{-1}.data(), 1, 1}, std::vector<std::vector<std::int32_t>>{{}})
                .at("micro_f1"),
            0);
}

TEST(Measures, OfNumbersAreDistancesAndCorrelations) {
  const std::vector<float> found = {1, 2, 4};
  const std::vector<double> truth = {1, 3, 5};
  const Values values = number_values(found, truth);
  EXPECT_NEAR(values.at("loss"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(values.at("rmse"), std::sqrt(2.0 / 3), 1e-12);
  EXPECT_NEAR(values.at("mae"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(values.at("spearman"), 1, 1e-12);
  EXPECT_TRUE(std::isnan(number_values(std::vector<float>{2, 2, 2}, truth).at("pearson")));
}

TEST(Measures, OfRankingsGiveNothingForEqualScoresAndSkipQueriesWithoutAGoodCandidate) {
  const std::vector<float> scores = {0.5, 0.5, 0.9, 0.1, 0.3, 0.4};
  const std::vector<double> labels = {1, 0, 1, 0, 0, 0};
  const std::vector<std::size_t> begins = {0, 2, 4};
  const Values found = ranking_values(scores, labels, begins);
  EXPECT_NEAR(found.at("mrr"), (0.5 + 1) / 2, 1e-12);
  EXPECT_NEAR(found.at("ndcg@10"), (1 / std::log2(3) + 1) / 2, 1e-12);
}

}  // namespace
}  // namespace genre
