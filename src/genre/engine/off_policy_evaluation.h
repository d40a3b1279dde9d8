// From a log of decisions and a target policy (columns of the log, or a trained run) to off-policy estimates.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "genre/engine/logged_rounds.h"
#include "genre/engine/run_policy.h"
#include "genre/eval/off_policy.h"
#include "genre/eval/reward_model.h"

namespace genre {

struct OffPolicyRequest {
  std::filesystem::path log;
  LoggedColumns columns;
  std::optional<std::filesystem::path> run;  // the target policy; without it the log's target columns are
  RunPolicyOptions policy;
  RewardModelOptions reward_model;
  OffPolicyOptions estimators;
};

struct OffPolicyEvaluation {
  OffPolicyResult result;  // kDm and kSwitchDr are NaN where only the logged action's target probability is known
  std::int64_t rounds = 0, actions = 0;
  std::string reward_model;  // in words
  double perplexity = 0;     // of a run as target: mean over rounds of exp(entropy), as if so many items were even
};

// Throws what read_logged_rounds, load_artifact and off_policy do, and Error(kUsage) for a log without what the target
// policy needs. Warnings are in the result. Deterministic in the seeds; independent of threads.
OffPolicyEvaluation evaluate_off_policy(const OffPolicyRequest& request);

}  // namespace genre
