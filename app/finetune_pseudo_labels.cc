#include "finetune_pseudo_labels.h"

#include <cstdio>

#include "command.h"
#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/shared_folder.h"
#include "genre/finetune/measures.h"
#include "genre/finetune/pseudo_labels.h"
#include "genre/lm/catalogue.h"
#include "training_stage.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// The training of one round: the labelled texts and, of `file`, those that its teacher labelled.
TrainingStage stage_of(const FinetuneConfig& config, int round, const fs::path& file) {
  TrainingStage out{
      .name = "round-" + std::to_string(round),
      .label = "round " + std::to_string(round) + "/" + std::to_string(config.finetune.pseudo_labels.rounds),
      .config = config};
  std::erase_if(out.config.finetune.examples, [](const auto& source) { return source.part == "unlabelled"; });
  out.config.finetune.pseudo_labels.rounds = 0;
  if (file.empty()) return out;
  ExampleSourceOptions labelled;
  labelled.path = file.string();
  labelled.format = "jsonl";
  labelled.part = "train";
  labelled.weight = config.finetune.pseudo_labels.weight;
  out.config.finetune.examples.push_back(labelled);
  return out;
}

// The labels of a round, made once: a round that goes on learns from the same.
Json pseudo_labels(const FinetuneConfig& config, const fs::path& teacher, const fs::path& file) {
  fs::path counts = file;
  counts.replace_extension(".json");
  if (!fs::exists(counts)) write_file_atomic(counts, write_pseudo_labels(config, teacher, file).dump(2) + "\n");
  return Json::parse(read_file(counts));
}

void print_round(const Json& round) {
  if (round.contains("pseudo_labels")) {
    const Json& counts = round["pseudo_labels"];
    std::printf("%lld of %lld texts labelled, %lld learnt from:", counts["confident"].get<long long>(),
                counts["texts"].get<long long>(), counts["learnt"].get<long long>());
    for (const auto& [name, of] : counts["labels"].items())
      std::printf(" %s %lld", name.c_str(), of["learnt"].get<long long>());
    std::puts("");
  }
  for (const char* part : {"valid", "test"}) print_values(part, round[part]);
}

}  // namespace

void run_pseudo_label_rounds(const fs::path& run, const FinetuneConfig& config, int processes) {
  const PseudoLabelOptions& options = config.finetune.pseudo_labels;
  Json done = {{"run", run.string()}, {"task", config.finetune.task}, {"rounds", Json::array()}};
  fs::path teacher, best;
  Json best_round;
  if (!options.teacher.empty()) teacher = resolve_model(options.teacher);
  for (int round = teacher.empty() ? 0 : 1; round <= options.rounds; ++round) {
    const std::string name = "round-" + std::to_string(round);
    const fs::path file = teacher.empty() ? fs::path() : run / name / "pseudo_labels.jsonl";
    const Json counts = file.empty() ? Json() : pseudo_labels(config, teacher, file);
    if (!counts.is_null() && counts["learnt"] == 0) {
      if (done["rounds"].empty())
        throw Error(ErrorCode::kData, "the teacher is sure of none of the " + counts["texts"].dump() + " texts",
                    "lower the threshold", {.key = "finetune.pseudo_labels.threshold"});
      std::fprintf(stderr, "warning: no text reaches the threshold of %g: the rounds end\n", options.threshold);
      break;
    }
    Json result = run_stage(run, stage_of(config, round, file), processes);
    result["round"] = round;
    if (!counts.is_null()) result["pseudo_labels"] = counts;
    teacher = run / name / "model";
    const Json& value = result["best"]["value"];
    const double sign = lower_is_better(result["best"]["metric"].get<std::string>()) ? -1 : 1;
    if (best.empty() || !value.is_number() ||
        sign * value.get<double>() > sign * best_round["best"]["value"].get<double>()) {
      best = teacher;
      best_round = result;
    }
    done["rounds"].push_back(std::move(result));
  }
  write_folder_atomic(run / "model", [&](const fs::path& fresh) { share_folder(best, fresh); });
  done["model"] = (run / "model").string();
  done["best_round"] = best_round["round"];
  for (const char* part : {"valid", "test"}) done[part] = best_round[part];
  write_file_atomic(run / "result.json", done.dump(2) + "\n");
  if (output().json) return print_json("lm.finetune", done);
  for (const Json& round : done["rounds"]) {
    std::printf("round %d\n", round["round"].get<int>());
    print_round(round);
  }
  std::printf("the model of round %d is kept\nnext: genre lm classify --model %s --input FILE\n",
              best_round["round"].get<int>(), done["model"].get<std::string>().c_str());
}

}  // namespace genre::app
