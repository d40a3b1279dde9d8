#include <algorithm>
#include <cstdio>
#include <vector>

#include "configuration.h"
#include "genre/base/file.h"
#include "genre/finetune/mean_interval.h"
#include "genre/finetune/options.h"
#include "genre/lm/catalogue.h"
#include "genre/track/run_folder.h"
#include "lm_verbs.h"
#include "trainer_process.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Arguments {
  std::string config;
  std::vector<std::string> settings;
  std::string run;
  bool resume = false, all_folds = false, plan = false;
  int processes = 0;  // 0: one, or as many as the run had
};

void print_values(const char* part, const Json& values) {
  std::string text;
  for (const auto& [name, value] : values.items()) {
    char one[64];
    std::snprintf(one, sizeof one, "  %s %.4f", name.c_str(), value.is_number() ? value.get<double>() : 0.0);
    if (value.is_number()) text += one;
  }
  std::printf("%-6s%s\n", part, text.empty() ? "  no examples" : text.c_str());
}

void print_result(const Json& done) {
  if (output().json) return print_json("lm.finetune", done);
  for (const char* part : {"valid", "test"}) print_values(part, done[part]);
  std::printf("best step %lld of %lld; %.1f s of training, %.0f examples/s\n", done["best"]["step"].get<long long>(),
              done["steps"].get<long long>(), done["seconds"].get<double>(), done["samples_per_second"].get<double>());
  std::printf("report: %s\n", done["report"].get<std::string>().c_str());
  const std::string model = done["model"], task = done["task"];
  if (task == "rank")
    std::printf("next: genre lm rank --model %s --query TEXT --input FILE\n", model.c_str());
  else if (task == "contrastive" || task == "masked_lm" || task == "distil")
    std::printf("next: genre lm embed --model %s --input FILE --output vectors.npy\n", model.c_str());
  else if (task == "causal_lm" || task == "instruct")
    std::printf("next: genre lm generate --model %s --prompt TEXT\n", model.c_str());
  else
    std::printf("next: genre lm classify --model %s --input FILE\n", model.c_str());
}

Json spec(bool resume, int processes) { return {{"resume", resume}, {"processes", processes}}; }

// How many processes are to train: as told, else as many as the run has had.
int processes_of(const fs::path& run, int told) {
  if (told > 0 || !fs::exists(run / "spec.json")) return std::max(1, told);
  const Json had = Json::parse(read_file(run / "spec.json"), nullptr, /*allow_exceptions=*/false);
  return had.is_object() ? had.value("processes", 1) : 1;
}

fs::path fold_folder(const fs::path& run, int fold) { return run / ("fold-" + std::to_string(fold)); }

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
}

// Goes on with the folds of a run; what is done stays.
void run_folds(const fs::path& run, const FinetuneConfig& config, int processes) {
  const std::string resume = "'genre lm finetune --resume " + run.string() + "' goes on with the folds";
  std::vector<Json> folds;
  for (int fold = 0; fold < config.finetune.folds; ++fold) {
    const fs::path folder = fold_folder(run, fold), result = folder / "result.json";
    if (!fs::exists(folder / "config.toml")) {
      FinetuneConfig one = config;
      one.finetune.fold = fold;
      RunFolder::create(run, "", resolved_toml(one), folder);
    }
    if (!fs::exists(result)) {
      const bool started = fs::exists(folder / "checkpoints" / "last.safetensors");
      const std::string label = "fold " + std::to_string(fold + 1) + "/" + std::to_string(config.finetune.folds);
      write_file_atomic(
          result, run_trainer(folder, spec(started, processes_of(folder, processes)), label, resume).dump(2) + "\n");
    }
    folds.push_back(Json::parse(read_file(result)));
  }
  const Json all = over_folds(run, folds);
  write_file_atomic(run / "result.json", all.dump(2) + "\n");
  print_folds(all);
}

void print_plan(const Json& plan) {
  if (output().json) return print_json("lm.finetune.plan", plan);
  const auto line = [&](const char* key, const char* what) {
    std::printf("%8.3f GB  %s\n", plan[key].get<double>() / 1e9, what);
  };
  line("parameter_bytes", "parameters");
  line("gradient_bytes", "gradients");
  line("optimizer_bytes", "what the optimizer remembers");
  if (plan["average_bytes"] > 0) line("average_bytes", "averages of weights, and weights at the start");
  std::printf("%8.3f GB  activations of the largest batch: %lld examples of up to %lld tokens\n",
              plan["activation_bytes"].get<double>() / 1e9, plan["batch"].get<long long>(),
              plan["longest"].get<long long>());
  line("base_bytes", "program, libtorch, examples, states behind frozen layers");
  std::printf("at its most\n");
  line("start_bytes", "while the model is read");
  line("step_bytes", "in a step");
  line("measuring_bytes", "while the validation part is measured");
  line("end_bytes", "while the model is written");
  std::printf("%8.3f GB  at the peak; the machine has %.3f\n", plan["peak_bytes"].get<double>() / 1e9,
              plan["attainable_bytes"].get<double>() / 1e9);
}

void finetune(const Arguments& arguments) {
  fs::path folder = arguments.run;
  if (arguments.resume) {
    if (!arguments.settings.empty() || !arguments.run.empty() || arguments.all_folds || arguments.plan)
      throw Error(ErrorCode::kUsage, "--resume goes on with a run as it is",
                  "leave --set, --run, --all-folds and --plan out");
    folder = fs::absolute(arguments.config).lexically_normal();
    RunFolder::open(folder);
    if (fs::exists(fold_folder(folder, 0)))
      return run_folds(folder, read_finetune_config(folder / "config.toml"), arguments.processes);
    if (!fs::exists(folder / "checkpoints" / "last.safetensors"))
      throw Error(ErrorCode::kNotFound, "the run has no checkpoint yet", "start it again from its config.toml",
                  {.file = folder.string()});
  } else {
    FinetuneConfig config = finetune_config(load_configuration(arguments.config, arguments.settings));
    if (arguments.all_folds && config.finetune.folds < 2)
      throw Error(ErrorCode::kConfig, "--all-folds wants at least 2 folds", "as in --set finetune.folds=5",
                  {.key = "finetune.folds"});
    resolve_model(config.lm.model);  // fetched here, so that the trainer needs no network
    const std::string model = fs::path(config.lm.model).filename().string();
    folder = RunFolder::create("runs", (arguments.plan ? "plan" : config.finetune.task) + "-" + model,
                               resolved_toml(config), arguments.run)
                 .path();
    folder = fs::absolute(folder).lexically_normal();
    if (arguments.all_folds)
      return run_folds(folder, read_finetune_config(folder / "config.toml"), arguments.processes);
  }
  if (arguments.plan) return print_plan(run_trainer(folder, {{"plan", true}}, "plan", "start it again"));
  const Json done =
      run_trainer(folder, spec(arguments.resume, processes_of(folder, arguments.processes)), "fine-tune",
                  "'genre lm finetune --resume " + folder.string() + "' goes on from the last checkpoint");
  write_file_atomic(folder / "result.json", done.dump(2) + "\n");
  print_result(done);
}

}  // namespace

void add_lm_finetune(CLI::App& parent) {
  auto arguments = std::make_shared<Arguments>();
  auto* const verb = add_verb(parent, "finetune", "train a language model on texts of your own",
                              "  genre lm finetune configs/finetune-sentiment.toml\n  genre lm finetune sentiment.toml "
                              "--set finetune.tune=lora\n  genre lm finetune --resume runs/classify-MODEL-STAMP\n");
  verb->add_option("config", arguments->config, "configuration file; with --resume the folder of a run")->required();
  verb->add_option("--set", arguments->settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
  verb->add_option("--run", arguments->run, "folder of the run (default: runs/TASK-MODEL-STAMP)");
  verb->add_flag("--resume", arguments->resume, "go on from the last checkpoint of a run");
  verb->add_flag("--all-folds", arguments->all_folds,
                 "train once for each of finetune.folds test parts, and give mean and 95 % interval");
  verb->add_flag("--plan", arguments->plan, "say what memory the training will take, and train nothing");
  verb->add_option("--processes", arguments->processes,
                   "processes that train together on this machine, each with a batch of its own (OpenMPI)")
      ->check(CLI::Range(1, 1024));
  verb->callback([arguments] { finetune(*arguments); });
}

}  // namespace genre::app
