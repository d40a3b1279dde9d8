#include "genre/eval/reward_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/linalg/least_squares.h"

namespace genre {
namespace {

constexpr double kLeastRidge = 1e-6;  // of the number of rounds: keeps collinear features solvable in float

// Features at mean 0 and variance 1 over the rounds of training; those that do not vary there become 0.
class Standardiser {
 public:
  Standardiser(std::span<const double> features, std::size_t width, std::span<const std::size_t> rounds)
      : features_(features), mean_(width), scale_(width) {
    const auto n = static_cast<double>(rounds.size());
    for (std::size_t c = 0; c < width; ++c) {
      for (const std::size_t round : rounds) mean_[c] += features[round * width + c] / n;
      double variance = 0;
      for (const std::size_t round : rounds) variance += std::pow(features[round * width + c] - mean_[c], 2) / n;
      const double deviation = std::sqrt(variance);
      scale_[c] = deviation > 1e-12 * std::abs(mean_[c]) && std::isfinite(deviation) ? 1 / deviation : 0;
    }
  }
  std::size_t width() const { return mean_.size(); }
  void row(std::size_t round, std::span<double> out) const {
    for (std::size_t c = 0; c < width(); ++c)
      out[c] = scale_[c] == 0 ? 0 : (features_[round * width() + c] - mean_[c]) * scale_[c];
  }

 private:
  std::span<const double> features_;
  std::vector<double> mean_, scale_;
};

// What the normal equations need; the block of the actions is diagonal and is eliminated (Schur complement).
struct Sums {
  explicit Sums(std::size_t width, std::size_t actions)
      : gram(width * width), moment(width), count(actions), residual(actions), features(actions * width) {}
  std::vector<double> gram, moment;               // sum z z^T, sum z (r - mean)
  std::vector<double> count, residual, features;  // of each action: rounds, sum r - mean, sum z
};

std::vector<double> solve_features(const Sums& sums, std::size_t width, double l2, double rounds) {
  std::vector<double> gram = sums.gram, moment = sums.moment;
  for (std::size_t a = 0; a < sums.count.size(); ++a) {
    const double* const z = sums.features.data() + a * width;
    for (std::size_t c = 0; c < width; ++c) {
      const double share = z[c] / (sums.count[a] + l2);
      moment[c] -= share * sums.residual[a];
      for (std::size_t d = 0; d < width; ++d) gram[c * width + d] -= share * z[d];
    }
  }
  double unit = 0;  // floats hold what is left at the size of the largest
  for (const double value : moment) unit = std::max(unit, std::abs(value));
  if (unit == 0) return std::vector<double>(width);
  std::vector<float> a(gram.size()), b(width);
  for (std::size_t c = 0; c < width; ++c) {
    gram[c * width + c] += l2 + kLeastRidge * rounds;
    b[c] = static_cast<float>(moment[c] / unit);
  }
  for (std::size_t i = 0; i < gram.size(); ++i) a[i] = static_cast<float>(gram[i] / rounds);
  solve_spd(a, b);
  std::vector<double> beta(width);
  for (std::size_t c = 0; c < width; ++c) beta[c] = b[c] * unit / rounds;
  return beta;
}

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

CrossFittedRewardModel::CrossFittedRewardModel(const RewardData& data, const RewardModelOptions& options)
    : fold_(data.rewards.size()), baseline_(data.rewards.size()) {
  assert(data.actions.empty() || data.actions.size() == data.rewards.size());
  if (options.folds < 2)
    throw Error(ErrorCode::kUsage, fmt::format("there are {} folds, wanted 2 or more", options.folds),
                "each fold is predicted by a model of the others");
  if (!(options.l2 > 0) || !std::isfinite(options.l2))
    throw Error(ErrorCode::kUsage, fmt::format("the reward model's l2 is {}, wanted above 0", options.l2));
  if (data.rewards.size() < static_cast<std::size_t>(options.folds))
    throw Error(ErrorCode::kData,
                fmt::format("{} rounds cannot be dealt into {} folds", data.rewards.size(), options.folds),
                "give q_hat and dm, or fewer folds");
  for (std::size_t i = 0; i < fold_.size(); ++i)
    fold_[i] = static_cast<int>(i % static_cast<std::size_t>(options.folds));
  RandomStream(options.seed, "reward model folds").shuffle(std::span(fold_));
  effects_.resize(static_cast<std::size_t>(options.folds));
  for (int fold = 0; fold < options.folds; ++fold) fit_fold(data, fold, options.l2);
}

void CrossFittedRewardModel::fit_fold(const RewardData& data, int fold, double l2) {
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < fold_.size(); ++i)
    if (fold_[i] != fold) others.push_back(i);
  const auto n = static_cast<double>(others.size());
  const std::size_t width = data.features.size() / data.rewards.size();
  const Standardiser features(data.features, width, others);
  double mean = 0;
  for (const std::size_t i : others) mean += data.rewards[i] / n;

  Sums sums(width, data.actions.empty() ? 0 : static_cast<std::size_t>(data.action_count));
  std::vector<double> z(width);
  for (const std::size_t i : others) {
    const double residual = data.rewards[i] - mean;
    features.row(i, z);
    for (std::size_t c = 0; c < width; ++c) {
      sums.moment[c] += z[c] * residual;
      for (std::size_t d = 0; d < width; ++d) sums.gram[c * width + d] += z[c] * z[d];
    }
    if (data.actions.empty()) continue;
    const auto a = static_cast<std::size_t>(data.actions[i]);
    assert(a < sums.count.size());
    sums.count[a] += 1;
    sums.residual[a] += residual;
    for (std::size_t c = 0; c < width; ++c) sums.features[a * width + c] += z[c];
  }

  const auto beta = solve_features(sums, width, l2, n);
  auto& effects = effects_[static_cast<std::size_t>(fold)];
  effects.resize(sums.count.size());
  for (std::size_t a = 0; a < effects.size(); ++a)
    effects[a] =
        (sums.residual[a] - dot(beta, std::span(sums.features).subspan(a * width, width))) / (sums.count[a] + l2);
  for (std::size_t i = 0; i < fold_.size(); ++i) {
    if (fold_[i] != fold) continue;
    features.row(i, z);
    baseline_[i] = mean + dot(beta, z);
  }
}

}  // namespace genre
