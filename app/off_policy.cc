#include <cmath>
#include <cstdio>

#include "command.h"
#include "genre/base/log.h"
#include "genre/engine/off_policy_evaluation.h"
#include "genre/engine/report_numbers.h"

namespace genre::app {
namespace {

using Json = nlohmann::ordered_json;

struct OffPolicyArguments {
  std::string log, run;
  std::vector<std::string> columns, features;
  OffPolicyRequest request;
  std::uint64_t seed = 7;
};

std::pair<std::string, std::string> column_name(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw Error(ErrorCode::kUsage, "--column is '" + text + "', wanted ROLE=NAME", "as in --column reward=clicked");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Json json_of(const OffPolicyRequest& request, const OffPolicyEvaluation& evaluation) {
  const OffPolicyResult& result = evaluation.result;
  const WeightDiagnostics& weights = result.diagnostics;
  Json estimators;
  for (const auto estimator : kOffPolicyEstimators)
    estimators[std::string(estimator_name(estimator))] = interval_json(result.of(estimator));
  Json out = {{"log", request.log.string()},
              {"target", request.run ? Json(request.run->string()) : Json("columns")},
              {"rounds", evaluation.rounds},
              {"actions", evaluation.actions},
              {"reward_model", evaluation.reward_model},
              {"options",
               {{"clip", number(request.estimators.clip)},
                {"switch_threshold", number(request.estimators.switch_threshold)},
                {"seed", request.estimators.seed}}},
              {"diagnostics",
               {{"effective_sample_size", number(weights.effective_sample_size)},
                {"mean_weight", number(weights.mean_weight)},
                {"mean_weight_error", number(weights.mean_weight_error)},
                {"maximum_weight", number(weights.maximum_weight)},
                {"clipped_share", weights.clipped_share},
                {"switched_share", weights.switched_share}}},
              {"estimators", estimators},
              {"logged", interval_json(result.logged)},
              {"warnings", result.warnings}};
  if (!request.run) return out;
  out["options"]["temperature"] = request.policy.temperature;
  out["options"]["unseen"] = request.policy.unseen;
  out["diagnostics"]["perplexity"] = number(evaluation.perplexity);
  return out;
}

void print_row(std::string_view name, const Interval& of) {
  if (std::isnan(of.value))
    std::printf("%-10.*s %10s\n", static_cast<int>(name.size()), name.data(), "undefined");
  else
    std::printf("%-10.*s %10.5g  [%.5g, %.5g]\n", static_cast<int>(name.size()), name.data(), of.value, of.low,
                of.high);
}

void print_text(const OffPolicyRequest& request, const OffPolicyEvaluation& evaluation) {
  const OffPolicyResult& result = evaluation.result;
  const WeightDiagnostics& weights = result.diagnostics;
  std::printf("%lld rounds, %lld actions; reward model: %s\n", static_cast<long long>(evaluation.rounds),
              static_cast<long long>(evaluation.actions), evaluation.reward_model.c_str());
  std::printf("weights: mean %.4g, largest %.4g; as good as %.1f rounds of the target policy itself\n",
              weights.mean_weight, weights.maximum_weight, weights.effective_sample_size);
  if (request.run)
    std::printf("the run draws as from %.4g even items at temperature %g\n", evaluation.perplexity,
                request.policy.temperature);
  std::printf("\n%-10s %10s  95 %% interval\n", "value of", "");
  print_row("logged", result.logged);
  for (const auto estimator : kOffPolicyEstimators) print_row(estimator_name(estimator), result.of(estimator));
}

void run(const OffPolicyArguments& arguments) {
  OffPolicyRequest request = arguments.request;
  request.log = arguments.log;
  if (!arguments.run.empty()) request.run = arguments.run;
  for (const auto& text : arguments.columns) request.columns.names.insert(column_name(text));
  request.columns.features = arguments.features;
  request.estimators.seed = request.reward_model.seed = arguments.seed;
  const OffPolicyEvaluation evaluation = evaluate_off_policy(request);
  for (const auto& warning : evaluation.result.warnings) log_warning(warning);
  if (output().json) return print_json("off-policy", json_of(request, evaluation));
  print_text(request, evaluation);
}

}  // namespace

void add_off_policy(CLI::App& app) {
  auto arguments = std::make_shared<OffPolicyArguments>();
  OffPolicyRequest& request = arguments->request;
  auto* const verb = add_verb(app, "off-policy", "what a policy would have earned, from a log of another's decisions",
                              "  genre off-policy log.csv\n  genre off-policy log.parquet --features age,hour --clip "
                              "50\n  genre off-policy log.jsonl --target RUN --temperature 0.1 --column action=item\n");
  verb->add_option(
          "log", arguments->log,
          "CSV, TSV, JSON lines or Parquet, a row a round: action, reward, propensity, and target (probability "
          "of the action under the target policy) or target.ACTION for every action; optional q_hat and dm, "
          "user, candidates")
      ->required();
  verb->add_option("--column", arguments->columns, "ROLE=NAME where a column has another name; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--features", arguments->features, "numeric columns for the reward model, joined by commas")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--target", arguments->run, "a trained run as the target policy; actions are its items");
  verb->add_option("--temperature", request.policy.temperature, "of the run: it draws by softmax(score / temperature)")
      ->capture_default_str();
  verb->add_flag("--unseen", request.policy.unseen, "the run never draws what it knows the user to have seen");
  verb->add_option("--clip", request.estimators.clip, "cut larger weights down to this");
  verb->add_option("--switch-threshold", request.estimators.switch_threshold,
                   "switch_dr leaves rounds with a larger weight to the reward model")
      ->capture_default_str();
  verb->add_option("--folds", request.reward_model.folds, "of the reward model's cross-fitting")->capture_default_str();
  verb->add_option("--l2", request.reward_model.l2, "of the reward model, in rounds")->capture_default_str();
  verb->add_option("--resamples", request.estimators.resamples, "of the bootstrap")->capture_default_str();
  verb->add_option("--seed", arguments->seed, "of folds and resamples")->capture_default_str();
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace genre::app
