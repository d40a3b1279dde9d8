#include "genre/eval/off_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"

namespace genre {
namespace {

constexpr double kFewEffectiveRounds = 100;
constexpr double kSmallEffectiveShare = 0.01;
constexpr double kFarInErrors = 3, kFarFromOne = 0.02;  // both must hold before a mean weight is called wrong
constexpr std::size_t kEstimators = std::size(kOffPolicyEstimators);

// The terms of one round that the estimators sum.
struct Terms {
  double reward, weight, weighted_reward, dm, correction, switched_correction;
};

Terms operator+(const Terms& a, const Terms& b) {
  return {a.reward + b.reward, a.weight + b.weight,         a.weighted_reward + b.weighted_reward,
          a.dm + b.dm,         a.correction + b.correction, a.switched_correction + b.switched_correction};
}

double weight_of(const LoggedRound& round) { return round.target / round.propensity; }

Terms terms_of(const LoggedRound& round, const OffPolicyOptions& options) {
  const double full = weight_of(round), weight = std::min(full, options.clip), error = round.reward - round.q_hat;
  return {round.reward, weight,         weight * round.reward,
          round.dm,     weight * error, full <= options.switch_threshold ? full * error : 0};
}

// The estimate from sums or, with the mean weight of all rounds, the part of one round.
double estimate(OffPolicyEstimator estimator, const Terms& sum, double rounds, double mean_weight) {
  switch (estimator) {
    case OffPolicyEstimator::kIps:
      return sum.weighted_reward / rounds;
    case OffPolicyEstimator::kSnips:
      return sum.weighted_reward / (rounds * mean_weight);
    case OffPolicyEstimator::kDm:
      return sum.dm / rounds;
    case OffPolicyEstimator::kDr:
      return (sum.dm + sum.correction) / rounds;
    case OffPolicyEstimator::kSndr:
      return (sum.dm + sum.correction / mean_weight) / rounds;
    case OffPolicyEstimator::kSwitchDr:
      return (sum.dm + sum.switched_correction) / rounds;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void check_options(const OffPolicyOptions& options) {
  if (!(options.clip > 0))
    throw Error(ErrorCode::kUsage, fmt::format("the clip is {}, wanted a number above 0", options.clip),
                "weights above it are cut down to it; leave it out to cut none");
  if (!(options.switch_threshold >= 0))
    throw Error(ErrorCode::kUsage,
                fmt::format("the switch threshold is {}, wanted 0 or more", options.switch_threshold),
                "above it Switch-DR leaves a round to the reward model");
  if (options.resamples < 1)
    throw Error(ErrorCode::kUsage, fmt::format("there are {} resamples, wanted 1 or more", options.resamples));
}

std::vector<Terms> checked_terms(std::span<const LoggedRound> rounds, const OffPolicyOptions& options) {
  check_options(options);
  if (rounds.empty()) throw Error(ErrorCode::kData, "the log has no round", "there is nothing to evaluate on");
  if (rounds.size() > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorCode::kResources, "the log has more than 4,294,967,295 rounds", "evaluate on a sample");
  std::vector<Terms> out;
  out.reserve(rounds.size());
  bool overlap = false;
  for (const auto& round : rounds) {
    if (const auto fault = round_fault(round); !fault.empty())
      throw Error(ErrorCode::kData, fmt::format("round {}: {}", out.size(), fault));
    out.push_back(terms_of(round, options));
    overlap = overlap || out.back().weight > 0;
  }
  if (!overlap)
    throw Error(ErrorCode::kData, "no overlap: the target policy would have chosen none of the logged actions",
                "this log says nothing about that policy; check that actions have the same names on both sides");
  return out;
}

Terms sum_of(std::span<const Terms> terms) {
  Terms sum = {};
  for (const auto& term : terms) sum = sum + term;
  return sum;
}

void check_finite(double value, std::string_view name) {
  if (!std::isfinite(value))
    throw Error(ErrorCode::kData, fmt::format("{} is beyond the range of doubles", name),
                "rewards or weights are too large: scale rewards, check the smallest propensities");
}

WeightDiagnostics diagnose(std::span<const LoggedRound> rounds, const OffPolicyOptions& options) {
  WeightDiagnostics out;
  for (const auto& round : rounds) out.maximum_weight = std::max(out.maximum_weight, weight_of(round));
  // In units of the largest weight, so that no square overflows.
  const auto n = static_cast<double>(rounds.size());
  const double unit = out.maximum_weight, cut = std::min(options.clip, unit) / unit;
  double sum = 0, clipped_sum = 0, clipped_squares = 0, clipped = 0, switched = 0;
  for (const auto& round : rounds) {
    const double full = weight_of(round), weight = full / unit, kept = std::min(weight, cut);
    sum += weight;
    clipped_sum += kept;
    clipped_squares += kept * kept;
    clipped += full > options.clip ? 1 : 0;
    switched += full > options.switch_threshold ? 1 : 0;
  }
  const double mean = sum / n;
  double squares = 0;
  for (const auto& round : rounds) squares += std::pow(weight_of(round) / unit - mean, 2);
  out.effective_sample_size = clipped_sum * clipped_sum / clipped_squares;
  out.mean_weight = mean * unit;
  out.mean_weight_error = std::sqrt(squares / (n - 1) / n) * unit;
  out.clipped_share = clipped / n;
  out.switched_share = switched / n;
  return out;
}

std::vector<std::string> warnings_of(const WeightDiagnostics& weights, double rounds) {
  std::vector<std::string> out;
  const double off = std::abs(weights.mean_weight - 1);
  if (off > kFarFromOne && off > kFarInErrors * weights.mean_weight_error)
    out.push_back(
        fmt::format("the mean weight is {:.3g}, and 1 is expected: propensities or target probabilities are wrong, or "
                    "the log never "
                    "shows some actions of the target policy",
                    weights.mean_weight));
  if (weights.effective_sample_size < std::max(kFewEffectiveRounds, kSmallEffectiveShare * rounds))
    out.push_back(
        fmt::format("{:.0f} rounds weigh as much as {:.1f} independent ones: the two policies differ too much for this "
                    "log, and the intervals may be too narrow",
                    rounds, weights.effective_sample_size));
  if (weights.clipped_share > 0)
    out.push_back(fmt::format("{:.2g} % of the weights are clipped, which biases ips, snips, dr and sndr",
                              100 * weights.clipped_share));
  return out;
}

}  // namespace

std::string_view estimator_name(OffPolicyEstimator estimator) {
  switch (estimator) {
    case OffPolicyEstimator::kIps:
      return "ips";
    case OffPolicyEstimator::kSnips:
      return "snips";
    case OffPolicyEstimator::kDm:
      return "dm";
    case OffPolicyEstimator::kDr:
      return "dr";
    case OffPolicyEstimator::kSndr:
      return "sndr";
    case OffPolicyEstimator::kSwitchDr:
      return "switch_dr";
  }
  return "";
}

std::string round_fault(const LoggedRound& round) {
  if (!std::isfinite(round.reward)) return fmt::format("the reward is {}, wanted a finite number", round.reward);
  if (!(round.propensity > 0 && round.propensity <= 1))
    return fmt::format("the propensity is {}, wanted more than 0 and at most 1", round.propensity);
  if (!(round.target >= 0 && round.target <= 1))
    return fmt::format("the target probability is {}, wanted 0 to 1", round.target);
  if (!std::isfinite(round.q_hat)) return fmt::format("q_hat is {}, wanted a finite number", round.q_hat);
  if (!std::isfinite(round.dm)) return fmt::format("dm is {}, wanted a finite number", round.dm);
  if (!std::isfinite(weight_of(round)))
    return fmt::format("the propensity is {}, so small that the weight is infinite", round.propensity);
  return "";
}

std::vector<double> off_policy_contributions(OffPolicyEstimator estimator, std::span<const LoggedRound> rounds,
                                             const OffPolicyOptions& options) {
  const auto terms = checked_terms(rounds, options);
  const double mean_weight = sum_of(terms).weight / static_cast<double>(rounds.size());
  std::vector<double> out;
  out.reserve(terms.size());
  for (const auto& term : terms) {
    out.push_back(estimate(estimator, term, 1, mean_weight));
    check_finite(out.back(), estimator_name(estimator));
  }
  return out;
}

OffPolicyResult off_policy(std::span<const LoggedRound> rounds, const OffPolicyOptions& options) {
  const auto terms = checked_terms(rounds, options);
  const auto statistics = [&](std::span<const std::uint32_t> rows, std::span<double> values) {
    Terms sum = {};
    for (const std::uint32_t row : rows) sum = sum + terms[row];
    const auto n = static_cast<double>(rows.size());
    for (std::size_t e = 0; e < kEstimators; ++e)
      values[e] = estimate(kOffPolicyEstimators[e], sum, n, sum.weight / n);  // NaN without overlap
    values[kEstimators] = sum.reward / n;
  };
  OffPolicyResult out;
  out.estimates = bootstrap_statistics(static_cast<std::uint32_t>(rounds.size()), kEstimators + 1, statistics,
                                       options.seed, options.resamples);
  out.logged = out.estimates.back();
  out.estimates.pop_back();
  for (const auto estimator : kOffPolicyEstimators) check_finite(out.of(estimator).value, estimator_name(estimator));
  check_finite(out.logged.value, "the mean reward");
  out.diagnostics = diagnose(rounds, options);
  out.warnings = warnings_of(out.diagnostics, static_cast<double>(rounds.size()));
  return out;
}

}  // namespace genre
