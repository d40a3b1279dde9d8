#include "finetune_folds.h"

#include <cstdio>
#include <vector>

#include "command.h"
#include "finetune_ensemble.h"
#include "genre/base/file.h"
#include "genre/finetune/mean_interval.h"
#include "training_stage.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string fold_name(int fold) { return "fold-" + std::to_string(fold); }

// Mean and interval of each value of the test parts.
Json over_folds(const fs::path& run, const std::vector<Json>& folds) {
  Json out = {{"run", run.string()}, {"folds", folds}, {"test", Json::object()}};
  for (const auto& [name, first] : folds.front()["test"].items()) {
    std::vector<double> values;
    for (const Json& fold : folds)
      if (fold["test"][name].is_number()) values.push_back(fold["test"][name]);
    if (values.size() < folds.size()) continue;
    const MeanInterval found = mean_interval(values);
    out["test"][name] = {{"mean", found.mean}, {"low", found.low}, {"high", found.high}};
  }
  return out;
}

void print_folds(const Json& result) {
  if (output().json) return print_json("lm.finetune", result);
  for (std::size_t fold = 0; fold < result["folds"].size(); ++fold)
    print_values(("fold " + std::to_string(fold)).c_str(), result["folds"][fold]["test"]);
  for (const auto& [name, value] : result["test"].items())
    std::printf("test %s %.4f [%.4f, %.4f] over %zu folds\n", name.c_str(), value["mean"].get<double>(),
                value["low"].get<double>(), value["high"].get<double>(), result["folds"].size());
  if (result.contains("ensemble")) print_ensemble(result["ensemble"]);
}

}  // namespace

bool has_folds(const fs::path& run) { return fs::exists(run / fold_name(0)); }

void run_folds(const fs::path& run, const FinetuneConfig& config, int processes) {
  std::vector<Json> folds;
  std::vector<EnsembleMember> members;
  for (int fold = 0; fold < config.finetune.folds; ++fold) {
    TrainingStage stage{.name = fold_name(fold),
                        .label = "fold " + std::to_string(fold + 1) + "/" + std::to_string(config.finetune.folds),
                        .config = config};
    stage.config.finetune.fold = fold;
    folds.push_back(run_stage(run, stage, processes));
    members.push_back({run / stage.name / "model", stage.config});
  }
  Json all = over_folds(run, folds);
  if (config.finetune.fold_ensemble) all["ensemble"] = make_ensemble(run, members);
  write_file_atomic(run / "result.json", all.dump(2) + "\n");
  print_folds(all);
}

}  // namespace genre::app
