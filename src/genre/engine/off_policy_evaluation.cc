#include "genre/engine/off_policy_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/not_a_number.h"
#include "genre/base/thread_pool.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using Rounds = std::span<const std::size_t>;

std::string share_text(std::int64_t count, std::size_t all) {
  return fmt::format("{:.2g} % of the rounds", 100 * static_cast<double>(count) / static_cast<double>(all));
}

// Round numbers, those of a user side by side, and where each user's begin.
struct ByUser {
  std::vector<std::size_t> rounds, begins;
  explicit ByUser(const LoggedRounds& log) : rounds(log.rounds.size()) {
    std::iota(rounds.begin(), rounds.end(), 0);
    std::stable_sort(rounds.begin(), rounds.end(),
                     [&](std::size_t a, std::size_t b) { return log.user[a] < log.user[b]; });
    for (std::size_t i = 0; i < rounds.size(); ++i)
      if (i == 0 || log.user[rounds[i]] != log.user[rounds[i - 1]]) begins.push_back(i);
    begins.push_back(rounds.size());
  }
};

double entropy(std::span<const double> probabilities) {
  double sum = 0;
  for (const double p : probabilities)
    if (p > 0) sum -= p * std::log(p);
  return sum;
}

// Target probabilities of a run, and with them what the reward model expects of it.
class RunTarget {
 public:
  RunTarget(LoggedRounds& log, const Artifact& artifact, const OffPolicyRequest& request,
            const CrossFittedRewardModel& model)
      : log_(log), policy_(artifact, request.policy), model_(model), perplexity_(log.rounds.size()) {
    for (std::int32_t action = 0; action < log.actions.size(); ++action)
      item_of_.push_back(artifact.items.find(log.actions.id(action)).value_or(-1));
    action_of_.assign(static_cast<std::size_t>(artifact.items.size()), -1);
    for (std::int32_t action = 0; action < log.actions.size(); ++action)
      if (item_of_[static_cast<std::size_t>(action)] >= 0)
        action_of_[static_cast<std::size_t>(item_of_[static_cast<std::size_t>(action)])] = action;
  }

  void fill() {
    const ByUser users(log_);
    global_pool().parallel_for(users.begins.size() - 1, 16, [&](std::size_t begin, std::size_t end, int) {
      throw_if_interrupted();
      for (std::size_t u = begin; u < end; ++u)
        fill_user(Rounds(users.rounds).subspan(users.begins[u], users.begins[u + 1] - users.begins[u]));
    });
  }

  double perplexity() const {
    return std::accumulate(perplexity_.begin(), perplexity_.end(), 0.0) / static_cast<double>(perplexity_.size());
  }

  void warn(bool unseen, std::vector<std::string>& warnings) const {
    const std::size_t n = log_.rounds.size();
    if (seen_ > 0)
      warnings.push_back(share_text(seen_, n) + " are pairs of user and item that the run already knows: " +
                         (unseen ? "with unseen items only it never draws them"
                                 : "it may have been trained on their outcome, which flatters it; use a later log"));
    if (strangers_ > 0)
      warnings.push_back(
          share_text(strangers_, n) +
          " are of users for whom the run's model has no list of their own: there the target draws items "
          "in proportion to how many users liked them");
    if (unknown_ > 0) warnings.push_back(share_text(unknown_, n) + " chose an action that is no item of the run");
    if (empty_ > 0)
      warnings.push_back(share_text(empty_, n) +
                         " offer no item that the run could choose: there the target draws evenly");
  }

 private:
  void fill_user(Rounds rounds) {
    const auto drawn = policy_.distribution(log_.users.id(log_.user[rounds.front()]));
    if (!drawn.personal) strangers_ += static_cast<std::int64_t>(rounds.size());
    const bool whole = log_.candidate_offsets.empty();
    auto catalogue = whole ? policy_.probabilities(drawn, std::nullopt) : std::vector<double>();
    if (whole && even_out(catalogue)) empty_ += static_cast<std::int64_t>(rounds.size());
    const double catalogue_entropy = entropy(catalogue);
    std::vector<double> expected_effect;  // of the catalogue, by fold; NaN: not needed yet
    for (const std::size_t i : rounds) {
      const std::int32_t item = item_of_[static_cast<std::size_t>(log_.action[i])];
      LoggedRound& round = log_.rounds[i];
      if (item < 0) ++unknown_;
      if (item >= 0 && std::find(drawn.seen.begin(), drawn.seen.end(), item) != drawn.seen.end()) ++seen_;
      if (!whole) {
        fill_from_candidates(i, drawn);
      } else {
        round.target = item < 0 ? 0 : catalogue[static_cast<std::size_t>(item)];
        perplexity_[i] = std::exp(catalogue_entropy);
        const auto fold = static_cast<std::size_t>(model_.fold(i));
        if (fold >= expected_effect.size()) expected_effect.resize(fold + 1, std::nan(""));
        if (std::isnan(expected_effect[fold]))
          expected_effect[fold] = catalogue_effect(catalogue, model_.action_effects(model_.fold(i)));
        round.dm = model_.baseline(i) + expected_effect[fold];
      }
    }
  }

  // A policy always draws something: evenly where the run has nothing to say about any item on offer.
  static bool even_out(std::vector<double>& probabilities) {
    if (std::any_of(probabilities.begin(), probabilities.end(), [](double p) { return p > 0; })) return false;
    std::fill(probabilities.begin(), probabilities.end(), 1 / static_cast<double>(probabilities.size()));
    return true;
  }

  double catalogue_effect(std::span<const double> probabilities, std::span<const double> effects) const {
    double sum = 0;
    for (std::size_t item = 0; item < probabilities.size(); ++item)
      if (action_of_[item] >= 0) sum += probabilities[item] * effects[static_cast<std::size_t>(action_of_[item])];
    return sum;
  }

  void fill_from_candidates(std::size_t i, const RunPolicy::Distribution& drawn) {
    const std::span actions(log_.candidates.begin() + log_.candidate_offsets[i],
                            log_.candidates.begin() + log_.candidate_offsets[i + 1]);
    std::vector<std::int32_t> items;
    for (const std::int32_t action : actions) items.push_back(item_of_[static_cast<std::size_t>(action)]);
    auto probabilities = policy_.probabilities(drawn, items);
    if (even_out(probabilities)) ++empty_;
    const auto effects = model_.action_effects(model_.fold(i));
    LoggedRound& round = log_.rounds[i];
    round.dm = model_.baseline(i);
    for (std::size_t c = 0; c < actions.size(); ++c) {
      if (actions[c] == log_.action[i]) round.target = probabilities[c];
      round.dm += probabilities[c] * effects[static_cast<std::size_t>(actions[c])];
    }
    perplexity_[i] = std::exp(entropy(probabilities));
  }

  LoggedRounds& log_;
  const RunPolicy policy_;
  const CrossFittedRewardModel& model_;
  std::vector<std::int32_t> item_of_, action_of_;  // of each action, of each item; -1: none
  std::vector<double> perplexity_;                 // of each round
  std::atomic<std::int64_t> seen_{0}, strangers_{0}, unknown_{0}, empty_{0};
};

void fill_from_columns(LoggedRounds& log, const CrossFittedRewardModel& model) {
  for (std::size_t i = 0; i < log.rounds.size(); ++i) {
    double sum = 0, effect = 0;  // the sum is 1 but for rounding in the file
    for (auto t = log.target_offsets[i]; t < log.target_offsets[i + 1]; ++t) {
      const auto action = static_cast<std::size_t>(log.target_actions[static_cast<std::size_t>(t)]);
      const double probability = log.target_probabilities[static_cast<std::size_t>(t)];
      sum += probability;
      effect += probability * model.action_effects(model.fold(i))[action];
    }
    log.rounds[i].dm = model.baseline(i) + effect / sum;
  }
}

std::string describe(bool knows_actions, std::size_t features, int folds) {
  const std::string fitted = features == 0
                                 ? (knows_actions ? "smoothed mean of each action" : "mean reward")
                                 : fmt::format("ridge regression on {}{} feature{}", knows_actions ? "action and " : "",
                                               features, features == 1 ? "" : "s");
  return fmt::format("{}, cross-fitted in {} folds", fitted + (knows_actions ? "" : ", the same for every action"),
                     folds);
}

void check_columns(const OffPolicyRequest& request, const LoggedRounds& log, std::vector<std::string>& warnings) {
  const std::string file = request.log.string();
  if (!request.run && !log.has_target)
    throw Error(ErrorCode::kUsage, "the log has no column 'target' and no run is the target policy",
                "add the target policy's probability of the logged action, or give --target RUN", {.file = file});
  if (request.run && log.user.empty())
    throw Error(ErrorCode::kUsage, "the log has no column 'user', and a run draws items for users",
                "--column user=NAME names it", {.file = file});
  if (!request.run && log.has_q_hat != log.has_dm)
    throw Error(ErrorCode::kUsage, log.has_q_hat ? "the log has q_hat but not dm" : "the log has dm but not q_hat",
                "give both, or neither to have a reward model fitted", {.file = file});
  if (request.run && (log.has_target || log.has_q_hat || log.has_dm))
    warnings.emplace_back("the columns target, q_hat and dm are left aside: the run is the target policy");
}

}  // namespace

OffPolicyEvaluation evaluate_off_policy(const OffPolicyRequest& request) {
  std::optional<Artifact> artifact;
  if (request.run) {
    std::error_code error;
    if (!fs::exists(*request.run, error))
      throw Error(ErrorCode::kNotFound, "no such run", "'ls runs' lists them; 'genre train CONFIG' makes one",
                  {.file = request.run->string()});
    const fs::path folder = *request.run / "artifact";
    artifact = load_artifact(fs::exists(folder, error) ? folder : *request.run);
  }
  LoggedRounds log = read_logged_rounds(request.log, request.columns);
  std::vector<std::string> warnings;
  check_columns(request, log, warnings);
  OffPolicyEvaluation out;
  out.rounds = static_cast<std::int64_t>(log.rounds.size());
  const bool given = !artifact && log.has_q_hat;
  const bool knows_actions = given || artifact || !log.target_offsets.empty();
  if (given) {
    out.reward_model = "columns q_hat and dm";
  } else {
    std::vector<double> rewards;
    for (const auto& round : log.rounds) rewards.push_back(round.reward);
    const CrossFittedRewardModel model(
        {.rewards = rewards,
         .actions = knows_actions ? std::span<const std::int32_t>(log.action) : std::span<const std::int32_t>(),
         .action_count = log.actions.size(),
         .features = log.features},
        request.reward_model);
    for (std::size_t i = 0; i < log.rounds.size(); ++i) {
      const auto effects = model.action_effects(model.fold(i));
      log.rounds[i].q_hat =
          model.baseline(i) + (effects.empty() ? 0 : effects[static_cast<std::size_t>(log.action[i])]);
    }
    if (artifact) {
      RunTarget target(log, *artifact, request, model);
      target.fill();
      target.warn(request.policy.unseen, warnings);
      out.perplexity = target.perplexity();
    } else if (knows_actions) {
      fill_from_columns(log, model);
    } else {
      for (auto& round : log.rounds) round.dm = round.q_hat;
    }
    out.reward_model = describe(knows_actions, request.columns.features.size(), request.reward_model.folds);
  }
  out.result = off_policy(log.rounds, request.estimators);
  if (!knows_actions) {
    for (const auto estimator : {OffPolicyEstimator::kDm, OffPolicyEstimator::kSwitchDr})
      out.result.estimates[static_cast<std::size_t>(estimator)] = {kNan, kNan, kNan};
    warnings.emplace_back(
        "dm and switch_dr are undefined: they need the target policy's probability of every action (columns "
        "target.ACTION), or q_hat and dm; dr and sndr use a reward model that does not tell actions apart");
  }
  std::vector<char> chosen(static_cast<std::size_t>(log.actions.size()));
  for (const std::int32_t action : log.action) chosen[static_cast<std::size_t>(action)] = 1;
  out.actions = std::count(chosen.begin(), chosen.end(), 1);
  out.result.warnings.insert(out.result.warnings.begin(), warnings.begin(), warnings.end());
  return out;
}

}  // namespace genre
