// A model of rewards for off-policy evaluation: ridge regression on the action and features of the context,
//
//   q(x, a) = mean + beta . z(x) + alpha[a],   squared error + l2 (|beta|^2 + |alpha|^2)
//
// with z the features at mean 0 and variance 1. Without features alpha is the smoothed mean sum(r - mean) / (n_a + l2)
// of each action. It is cross-fitted: each round is predicted by a model of the other folds, so that no round's reward
// is in its own prediction (Chernozhukov et al., The Econometrics Journal 2018).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace genre {

struct RewardModelOptions {
  int folds = 5;   // >= 2
  double l2 = 10;  // > 0
  std::uint64_t seed = 7;
};

// Views outlive the construction of the model only.
struct RewardData {
  std::span<const double> rewards;             // n, finite
  std::span<const std::int32_t> actions = {};  // n, in [0, action_count); or empty: every action is the same
  std::int32_t action_count = 0;
  std::span<const double> features = {};  // n x C, finite, or empty
};

class CrossFittedRewardModel {
 public:
  // Deals rounds into folds by the seed and fits. Throws Error(kUsage) for options out of range, Error(kData) for fewer
  // rounds than folds. One thread.
  CrossFittedRewardModel(const RewardData& data, const RewardModelOptions& options);

  int fold(std::size_t round) const { return fold_[round]; }
  // mean + beta . z(x) of this round, without its action.
  double baseline(std::size_t round) const { return baseline_[round]; }
  // alpha of the models that predict this fold: one an action, 0 for actions without rounds in the others.
  std::span<const double> action_effects(int fold) const { return effects_[static_cast<std::size_t>(fold)]; }

 private:
  void fit_fold(const RewardData& data, int fold, double l2);

  std::vector<int> fold_;
  std::vector<double> baseline_;
  std::vector<std::vector<double>> effects_;  // fold by action
};

}  // namespace genre
