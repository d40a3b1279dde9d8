#include "genre/finetune/label_suggestions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace genre {
namespace {

using testing::ElementsAre;

Matrix rows(const std::vector<std::vector<float>>& values) {
  Matrix out(static_cast<std::int64_t>(values.size()), static_cast<std::int64_t>(values[0].size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    std::ranges::copy(values[i], out.row(static_cast<std::int64_t>(i)).begin());
  return out;
}

TEST(Uncertainties, AgreeWithTheirDefinitions) {
  const Matrix sure = rows({{1, 0, 0}, {0.5F, 0.25F, 0.25F}, {1 / 3.0F, 1 / 3.0F, 1 / 3.0F}});
  const auto entropy = uncertainties(sure, Uncertainty::kEntropy), margin = uncertainties(sure, Uncertainty::kMargin);
  EXPECT_NEAR(entropy[0], 0, 1e-6);
  EXPECT_NEAR(entropy[1], 1.5 * std::log(2) / std::log(3), 1e-6);
  EXPECT_NEAR(entropy[2], 1, 1e-6);
  EXPECT_NEAR(margin[0], 0, 1e-6);
  EXPECT_NEAR(margin[1], 0.75, 1e-6);
  EXPECT_NEAR(margin[2], 1, 1e-6);
  const Matrix coins = rows({{0.5F}, {1}, {0.75F}});
  EXPECT_NEAR(uncertainties(coins, Uncertainty::kEntropy)[0], 1, 1e-6);
  EXPECT_NEAR(uncertainties(coins, Uncertainty::kEntropy)[1], 0, 1e-6);
  EXPECT_NEAR(uncertainties(coins, Uncertainty::kMargin)[2], 0.5, 1e-6);
}

TEST(SuggestLabels, WithoutDiversityIsTheOrderOfUncertainty) {
  const std::vector<double> uncertainty = {0.2, 0.9, 0.9, 0.1};
  EXPECT_THAT(suggest_labels(uncertainty, {}, 0, 3), ElementsAre(1, 2, 0));
  EXPECT_THAT(suggest_labels(uncertainty, {}, 0, 9), ElementsAre(1, 2, 0, 3));
}

TEST(SuggestLabels, DiversityPassesOverWhatIsLikeAChosenOne) {
  const std::vector<double> uncertainty = {0.9, 0.89, 0.5, 0.4};
  const Matrix vectors = rows({{1, 0}, {2, 0.01F}, {0, 1}, {-1, 0}});
  EXPECT_THAT(suggest_labels(uncertainty, vectors, 1, 4), ElementsAre(0, 2, 3, 1));
}

}  // namespace
}  // namespace genre
