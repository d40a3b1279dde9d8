#include "genre/finetune/pseudo_labels.h"

#include <gtest/gtest.h>

namespace genre {
namespace {

// Six texts, two labels.
const std::vector<float> kProbabilities = {0.95F, 0.05F, 0.91F, 0.09F, 0.6F,  0.4F,
                                           0.99F, 0.01F, 0.08F, 0.92F, 0.97F, 0.03F};

std::vector<std::pair<std::int64_t, int>> chosen(const PseudoLabelOptions& options,
                                                 std::vector<double> shares = {0.75, 0.25}) {
  std::vector<std::pair<std::int64_t, int>> out;
  for (const auto& one : choose_pseudo_labels({kProbabilities.data(), 6, 2}, shares, options))
    out.emplace_back(one.text, one.label);
  return out;
}

using Chosen = std::vector<std::pair<std::int64_t, int>>;

TEST(PseudoLabels, AreGivenFromTheThresholdUp) {
  EXPECT_EQ(chosen({.threshold = 0.9, .balance = "none"}), (Chosen{{0, 0}, {1, 0}, {3, 0}, {4, 1}, {5, 0}}));
  EXPECT_EQ(chosen({.threshold = 0.96, .balance = "none"}), (Chosen{{3, 0}, {5, 0}}));
  EXPECT_TRUE(chosen({.threshold = 0.999, .balance = "none"}).empty());
}

TEST(PseudoLabels, AreBalancedByTheMostConfident) {
  EXPECT_EQ(chosen({.threshold = 0.9, .balance = "equal"}), (Chosen{{3, 0}, {4, 1}}));
  EXPECT_EQ(chosen({.threshold = 0.9, .balance = "labelled"}), (Chosen{{0, 0}, {3, 0}, {4, 1}, {5, 0}}));
}

TEST(PseudoLabels, OfALabelThatNoTextHasLeaveTheOthersAlone) {
  EXPECT_EQ(chosen({.threshold = 0.96, .balance = "labelled"}), (Chosen{{3, 0}, {5, 0}}));
  EXPECT_EQ(chosen({.threshold = 0.96, .balance = "equal"}), (Chosen{{3, 0}, {5, 0}}));
}

}  // namespace
}  // namespace genre
