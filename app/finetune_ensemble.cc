#include "finetune_ensemble.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "command.h"
#include "genre/base/file.h"
#include "genre/finetune/mean_interval.h"
#include "genre/finetune/served_values.h"
#include "genre/lm/ensemble.h"
#include "training_stage.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// The examples, and those of them that no member has learnt from or was chosen by. All members read the same rows in
// the same order; variations of training texts come behind them.
std::vector<std::int64_t> tested_by_all(std::span<const EnsembleMember> members, Examples& examples) {
  examples = read_examples(members.front().config, labelled_columns(members.front().config.finetune.task));
  std::vector<std::int64_t> numbers = examples.of(Part::kTest);
  for (const EnsembleMember& member : members.subspan(1)) {
    if (member.config.finetune.fold == members.front().config.finetune.fold) continue;  // the same parts
    const Examples own = read_examples(member.config, labelled_columns(member.config.finetune.task));
    std::erase_if(numbers, [&](std::int64_t i) { return own.parts[i] != Part::kTest; });
  }
  return numbers;
}

}  // namespace

Json make_ensemble(const fs::path& run, std::span<const EnsembleMember> members) {
  std::vector<fs::path> models;
  for (const EnsembleMember& member : members) models.push_back(member.model);
  write_ensemble(run / "model", models);
  Examples examples;
  const auto numbers = tested_by_all(members, examples);
  Json out = {{"model", (run / "model").string()}, {"texts", numbers.size()}, {"test", Json::object()}};
  if (numbers.empty()) return out;
  const FinetuneConfig& config = members.front().config;
  std::vector<ServedAnswers> answers;
  std::map<std::string, std::vector<double>> alone;
  for (const fs::path& model : models) {
    answers.push_back(served_answers(model, config, examples, numbers));
    for (const auto& [name, value] : answer_values(answers.back(), config, examples, numbers))
      alone[name].push_back(value);
  }
  for (const auto& [name, value] : answer_values(mean_answers(answers), config, examples, numbers)) {
    const MeanInterval found = mean_interval(alone[name]);
    out["test"][name] = {{"ensemble", number_or_null(value)},
                         {"mean", number_or_null(found.mean)},
                         {"low", number_or_null(found.low)},
                         {"high", number_or_null(found.high)}};
  }
  return out;
}

void print_ensemble(const Json& ensemble) {
  if (ensemble["test"].empty())
    std::puts("the ensemble is not measured: every test text was learnt from by one of its members, or there are none");
  const auto number = [](const Json& value) { return value.is_number() ? value.get<double>() : std::nan(""); };
  for (const auto& [name, value] : ensemble["test"].items())
    std::printf("ensemble %s %.4f, its members %.4f [%.4f, %.4f] on %lld texts\n", name.c_str(),
                number(value["ensemble"]), number(value["mean"]), number(value["low"]), number(value["high"]),
                ensemble["texts"].get<long long>());
  std::printf("model: %s\n", ensemble["model"].get<std::string>().c_str());
}

void run_ensemble(const fs::path& run, const FinetuneConfig& config, int processes) {
  Json done = {{"run", run.string()}, {"task", config.finetune.task}, {"members", Json::array()}};
  std::vector<EnsembleMember> members;
  for (int member = 0; member < config.finetune.ensemble; ++member) {
    const std::string count = std::to_string(config.finetune.ensemble);
    TrainingStage stage{.name = "member-" + std::to_string(member),
                        .label = "member " + std::to_string(member + 1) + "/" + count,
                        .config = config};
    stage.config.finetune.ensemble = 0;
    stage.config.finetune.member = member;
    done["members"].push_back(run_stage(run, stage, processes));
    members.push_back({run / stage.name / "model", stage.config});
  }
  done.update(make_ensemble(run, members));
  write_file_atomic(run / "result.json", done.dump(2) + "\n");
  if (output().json) return print_json("lm.finetune", done);
  for (std::size_t member = 0; member < members.size(); ++member)
    print_values(("member " + std::to_string(member)).c_str(), done["members"][member]["test"]);
  print_ensemble(done);
  std::printf("next: genre lm %s --model %s\n",
              config.finetune.task == "rank" ? "rank --query TEXT --input FILE" : "classify --input FILE",
              done["model"].get<std::string>().c_str());
}

}  // namespace genre::app
