#include "genre/eval/reward_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

struct Made {
  std::vector<double> rewards, features;
  std::vector<std::int32_t> actions;
  RewardData data() const { return {rewards, actions, 4, features}; }
};

Made made(int rounds, int width) {
  RandomStream random(3, "reward model test");
  Made out;
  for (int i = 0; i < rounds; ++i) {
    const auto a = static_cast<std::int32_t>(random.below(3));  // action 3 never comes
    double reward = 0.4 * a + 0.1 * random.normal();
    for (int c = 0; c < width; ++c) {
      out.features.push_back(5 + 3 * random.normal() + a);
      reward += 0.2 * (c + 1) * out.features.back();
    }
    out.actions.push_back(a);
    out.rewards.push_back(reward);
  }
  return out;
}

TEST(RewardModel, WithoutFeaturesIsTheSmoothedMeanOfTheOtherFolds) {
  const Made m = made(50, 0);
  const CrossFittedRewardModel model(m.data(), {.folds = 4, .l2 = 2});
  for (std::size_t i = 0; i < 50; ++i) {
    double mean = 0, others = 0;
    for (std::size_t j = 0; j < 50; ++j) {
      if (model.fold(j) == model.fold(i)) continue;
      mean += m.rewards[j];
      ++others;
    }
    mean /= others;
    EXPECT_NEAR(model.baseline(i), mean, 1e-12);
    for (std::int32_t a = 0; a < 4; ++a) {
      double sum = 0, count = 0;
      for (std::size_t j = 0; j < 50; ++j) {
        if (model.fold(j) == model.fold(i) || m.actions[j] != a) continue;
        sum += m.rewards[j] - mean;
        ++count;
      }
      EXPECT_NEAR(model.action_effects(model.fold(i))[static_cast<std::size_t>(a)], sum / (count + 2), 1e-12);
    }
  }
}

// Ridge by gradient descent on z and one-hot actions, with nothing eliminated.
TEST(RewardModel, WithFeaturesIsTheRidgeRegression) {
  const Made m = made(80, 2);
  const CrossFittedRewardModel model(m.data(), {.folds = 2, .l2 = 3});
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < 80; ++i)
    if (model.fold(i) != 0) others.push_back(i);
  const auto n = static_cast<double>(others.size());
  double mean = 0, centre[2] = {}, scale[2] = {};
  for (const auto i : others) mean += m.rewards[i] / n;
  for (int c = 0; c < 2; ++c) {
    for (const auto i : others) centre[c] += m.features[2 * i + c] / n;
    for (const auto i : others) scale[c] += std::pow(m.features[2 * i + c] - centre[c], 2) / n;
    scale[c] = std::sqrt(scale[c]);
  }
  const auto z = [&](std::size_t i, int c) { return (m.features[2 * i + c] - centre[c]) / scale[c]; };
  double beta[2] = {}, alpha[4] = {};
  for (int step = 0; step < 20000; ++step) {
    double slope[6] = {3 * beta[0], 3 * beta[1], 3 * alpha[0], 3 * alpha[1], 3 * alpha[2], 3 * alpha[3]};
    for (const auto i : others) {
      const double error = mean + beta[0] * z(i, 0) + beta[1] * z(i, 1) + alpha[m.actions[i]] - m.rewards[i];
      for (int c = 0; c < 2; ++c) slope[c] += error * z(i, c);
      slope[2 + m.actions[i]] += error;
    }
    for (int c = 0; c < 2; ++c) beta[c] -= 0.005 * slope[c];
    for (int a = 0; a < 4; ++a) alpha[a] -= 0.005 * slope[2 + a];
  }
  for (int a = 0; a < 4; ++a) EXPECT_NEAR(model.action_effects(0)[static_cast<std::size_t>(a)], alpha[a], 1e-4);
  for (std::size_t i = 0; i < 80; ++i) {
    if (model.fold(i) != 0) continue;
    EXPECT_NEAR(model.baseline(i), mean + beta[0] * z(i, 0) + beta[1] * z(i, 1), 1e-4);
  }
}

TEST(RewardModel, NoRewardIsInItsOwnPrediction) {
  Made m = made(40, 1);
  const auto prediction = [&] {
    const CrossFittedRewardModel model(m.data(), {});
    return model.baseline(7) + model.action_effects(model.fold(7))[static_cast<std::size_t>(m.actions[7])];
  };
  const double before = prediction();
  m.rewards[7] += 1000;
  EXPECT_EQ(prediction(), before);
  m.rewards[7] -= 1000;
  for (auto& reward : m.rewards) reward += 1;
  EXPECT_NE(prediction(), before);
}

TEST(RewardModel, FoldsAreEvenAndOfTheSeed) {
  const Made m = made(43, 0);
  const CrossFittedRewardModel a(m.data(), {.seed = 1}), b(m.data(), {.seed = 1}), c(m.data(), {.seed = 2});
  std::vector<int> sizes(5);
  bool differs = false;
  for (std::size_t i = 0; i < 43; ++i) {
    ++sizes[static_cast<std::size_t>(a.fold(i))];
    EXPECT_EQ(a.fold(i), b.fold(i));
    differs = differs || a.fold(i) != c.fold(i);
  }
  EXPECT_TRUE(differs);
  for (const int size : sizes) EXPECT_TRUE(size == 8 || size == 9);
}

TEST(RewardModel, FeaturesThatDoNotVaryOrRepeatDoNoHarm) {
  Made m = made(60, 1);
  std::vector<double> twice;
  for (const double value : m.features) twice.insert(twice.end(), {value, value, 1e9});
  const CrossFittedRewardModel one(m.data(), {.l2 = 0.001});
  m.features = twice;
  const CrossFittedRewardModel three(m.data(), {.l2 = 0.001});
  for (std::size_t i = 0; i < 60; ++i) EXPECT_NEAR(three.baseline(i), one.baseline(i), 0.01);
}

TEST(RewardModel, WithoutActionsAllAreTheSame) {
  const Made m = made(30, 1);
  const CrossFittedRewardModel model({.rewards = m.rewards, .features = m.features}, {});
  EXPECT_TRUE(model.action_effects(0).empty());
  EXPECT_TRUE(std::isfinite(model.baseline(0)));
}

TEST(RewardModel, RefusesWhatCannotBeFitted) {
  const Made m = made(4, 0);
  EXPECT_THROW(CrossFittedRewardModel(m.data(), {.folds = 5}), Error);
  EXPECT_THROW(CrossFittedRewardModel(m.data(), {.folds = 1}), Error);
  EXPECT_THROW(CrossFittedRewardModel(m.data(), {.folds = 2, .l2 = 0}), Error);
  EXPECT_THROW(CrossFittedRewardModel(m.data(), {.folds = 2, .l2 = NAN}), Error);
}

}  // namespace
}  // namespace genre
