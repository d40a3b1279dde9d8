#include "genre/torch/ranking_losses.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace genre::trainer {
namespace {

const std::vector<float> kScores = {0.3f, -1.2f, 2.0f, 0.1f}, kLabels = {2, 0, 1, 2};

using Loss = torch::Tensor (*)(const torch::Tensor&, const torch::Tensor&);

double value(Loss loss, const std::vector<double>& scores) {
  return loss(torch::tensor(scores, torch::kFloat64), torch::tensor(kLabels).to(torch::kFloat64)).item<double>();
}

TEST(RankingLosses, AgreeWithTheirDefinitions) {
  std::vector<double> p;
  double sum = 0;
  for (const float s : kScores) sum += std::exp(s);
  for (const float s : kScores) p.push_back(std::exp(s) / sum);
  double listwise = 0, satisfaction = 0, pairwise = 0, pairs = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    listwise -= kLabels[i] / 5 * std::log(p[i]);
    satisfaction -= p[i] * kLabels[i];
    for (std::size_t j = 0; j < p.size(); ++j) {
      if (kLabels[i] <= kLabels[j]) continue;
      pairwise += std::log(1 + std::exp(kScores[j] - kScores[i]));
      ++pairs;
    }
  }
  const std::vector<double> scores(kScores.begin(), kScores.end());
  EXPECT_NEAR(value(&listwise_loss, scores), listwise, 1e-6);
  EXPECT_NEAR(value(&satisfaction_loss, scores), satisfaction, 1e-6);
  EXPECT_NEAR(value(&pairwise_loss, scores), pairwise / pairs, 1e-6);
}

TEST(RankingLosses, GradientsAreThoseOfFiniteDifferences) {
  for (const Loss loss : {&listwise_loss, &pairwise_loss, &satisfaction_loss}) {
    const torch::Tensor scores = torch::tensor(std::vector<double>(kScores.begin(), kScores.end()),
                                               torch::dtype(torch::kFloat64).requires_grad(true));
    loss(scores, torch::tensor(kLabels).to(torch::kFloat64)).backward();
    constexpr double kStep = 1e-6;
    for (std::size_t i = 0; i < kScores.size(); ++i) {
      std::vector<double> up(kScores.begin(), kScores.end()), down = up;
      up[i] += kStep;
      down[i] -= kStep;
      EXPECT_NEAR(scores.grad()[static_cast<std::int64_t>(i)].item<double>(),
                  (value(loss, up) - value(loss, down)) / (2 * kStep), 1e-8);
    }
  }
}

TEST(RankingLosses, EqualLabelsTeachNothingByPairs) {
  const torch::Tensor scores = torch::tensor({1.0f, 2.0f}, torch::requires_grad());
  const torch::Tensor loss = pairwise_loss(scores, torch::tensor({1.0f, 1.0f}));
  loss.backward();
  EXPECT_EQ(loss.item<float>(), 0);
  EXPECT_EQ(scores.grad().abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace genre::trainer
