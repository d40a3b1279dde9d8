// Off-policy evaluation: what a policy would have earned, from a log of another policy's decisions. In each of the n
// rounds the logging policy chose one action with a known probability (its propensity) and saw that action's reward.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/eval/bootstrap.h"

namespace genre {

struct LoggedRound {
  double reward = 0;
  double propensity = 1;  // probability of the logged action under the logging policy, (0, 1]
  double target = 0;      // its probability under the target policy, [0, 1]
  double q_hat = 0;       // what a reward model expects of the logged action
  double dm = 0;          // what it expects of the target policy: sum over actions of target probability x q_hat
};

// With w = target / propensity, w' = min(w, clip), e = r - q_hat, and means over the rounds:
//
// kIps       mean(w' r)                                Horvitz and Thompson 1952; Strehl et al., NeurIPS 2010
// kSnips     mean(w' r) / mean(w')                     Swaminathan and Joachims, NeurIPS 2015
// kDm        mean(dm)
// kDr        mean(dm + w' e)                           Dudik, Langford and Li, ICML 2011
// kSndr      mean(dm) + mean(w' e) / mean(w')          Kallus and Uehara, NeurIPS 2019
// kSwitchDr  mean(dm + w e [w <= switch_threshold])    Wang, Agarwal and Dudik, ICML 2017
//
// Without clipping they are those of Open Bandit Pipeline. With it IPS and DR are too; its SNIPS and SNDR never clip.
enum class OffPolicyEstimator { kIps, kSnips, kDm, kDr, kSndr, kSwitchDr };

inline constexpr OffPolicyEstimator kOffPolicyEstimators[] = {OffPolicyEstimator::kIps,  OffPolicyEstimator::kSnips,
                                                              OffPolicyEstimator::kDm,   OffPolicyEstimator::kDr,
                                                              OffPolicyEstimator::kSndr, OffPolicyEstimator::kSwitchDr};

std::string_view estimator_name(OffPolicyEstimator estimator);  // ips, snips, dm, dr, sndr, switch_dr

struct OffPolicyOptions {
  double clip = std::numeric_limits<double>::infinity();  // > 0
  double switch_threshold = 10;                           // >= 0
  std::uint64_t seed = 7;
  int resamples = 1000;
};

struct WeightDiagnostics {
  double effective_sample_size = 0;  // (sum w')^2 / sum w'^2 (Kish 1965)
  double maximum_weight = 0;         // of w
  double mean_weight = 0;            // of w; 1 is expected where the propensities are right
  double mean_weight_error = 0;      // its standard error; NaN for one round
  double clipped_share = 0;          // of rounds with w > clip
  double switched_share = 0;         // of rounds with w > switch_threshold
};

struct OffPolicyResult {
  std::vector<Interval> estimates;  // in the order of kOffPolicyEstimators
  Interval logged;                  // mean reward of the log: the value of the logging policy
  WeightDiagnostics diagnostics;
  std::vector<std::string> warnings;

  const Interval& of(OffPolicyEstimator estimator) const { return estimates[static_cast<std::size_t>(estimator)]; }
};

// What is wrong with a round, "" where nothing is: a number that is not finite, a propensity outside (0, 1], a target
// probability outside [0, 1], a weight too large for a double.
std::string round_fault(const LoggedRound& round);

// Per-round parts, whose mean is the estimate (divided, for kSnips and kSndr, by the mean weight of all rounds). Throws
// Error(kData) for no round, a faulty one (with its number from 0), weights that are all 0, or a sum beyond doubles;
// Error(kUsage) for options out of range.
std::vector<double> off_policy_contributions(OffPolicyEstimator estimator, std::span<const LoggedRound> rounds,
                                             const OffPolicyOptions& options);

// All estimates with 95 % bootstrap intervals over rounds, which are taken as independent: the mean weight of kSnips
// and kSndr is that of the resample, q_hat and dm stay as they are. Throws as above. Deterministic in the seed;
// independent of threads.
OffPolicyResult off_policy(std::span<const LoggedRound> rounds, const OffPolicyOptions& options);

}  // namespace genre
