#include <algorithm>
#include <cstdio>
#include <vector>

#include "configuration.h"
#include "finetune_ensemble.h"
#include "finetune_folds.h"
#include "finetune_pseudo_labels.h"
#include "finetune_slices.h"
#include "genre/base/file.h"
#include "genre/finetune/options.h"
#include "genre/lm/catalogue.h"
#include "genre/track/run_folder.h"
#include "lm_verbs.h"
#include "trainer_process.h"
#include "training_stage.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// A verb that trains, and the tasks that it is for.
struct TrainingVerb {
  const char* name;
  const char* what;
  const char* examples;
  std::vector<std::string> tasks;  // empty: all
};

const TrainingVerb kVerbs[] = {
    {"finetune",
     "train a language model on texts of your own",
     "  genre lm finetune configs/finetune-sentiment.toml\n  genre lm finetune sentiment.toml --set "
     "finetune.tune=lora\n"
     "  genre lm finetune --resume runs/classify-MODEL-STAMP\n",
     {}},
    {"pretrain",
     "let a language model read on: the tasks masked_lm (encoders) and causal_lm (decoders) of finetune",
     "  genre lm pretrain configs/reproduce/movies-masked-lm.toml\n",
     {"masked_lm", "causal_lm"}},
    {"distill",
     "train a smaller model to say what a larger one says: the task distil, or classify with a teacher",
     "  genre lm distill smaller.toml --set finetune.distil.teacher=all-MiniLM-L6-v2\n",
     {"distil", "classify"}},
};

struct LmFinetuneArguments {
  std::string config;
  std::vector<std::string> settings;
  std::string run;
  bool resume = false, all_folds = false, plan = false;
  int processes = 0;  // 0: one, or as many as the run had
};

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
  else if (task == "multi_task")
    std::printf("next: genre lm classify --model %s/HEAD --input FILE\n", model.c_str());
  else if (task == "causal_lm" || task == "instruct")
    std::printf("next: genre lm generate --model %s --prompt TEXT\n", model.c_str());
  else
    std::printf("next: genre lm classify --model %s --input FILE\n", model.c_str());
}

// The run of several trainings that a configuration asks for, or the user; false: it is one training.
bool run_stages(const fs::path& run, const LmFinetuneArguments& arguments) {
  const FinetuneConfig config = read_finetune_config(run / "config.toml");
  if (arguments.all_folds || has_folds(run))
    run_folds(run, config, arguments.processes);
  else if (config.finetune.ensemble > 1)
    run_ensemble(run, config, arguments.processes);
  else if (config.finetune.pseudo_labels.rounds > 0)
    run_pseudo_label_rounds(run, config, arguments.processes);
  else if (config.finetune.time_slices.count > 0)
    run_time_slices(run, config, arguments.processes);
  else
    return false;
  return true;
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
  line("hole_bytes", "what the heap holds beside tensors that come and go");
  line("base_bytes", "program, libtorch, examples, states behind frozen layers");
  std::printf("at its most\n");
  line("start_bytes", "while the model is read");
  line("step_bytes", "in a step");
  line("measuring_bytes", "while the validation part is measured");
  line("end_bytes", "while the model is written");
  std::printf("%8.3f GB  at the peak; the machine has %.3f\n", plan["peak_bytes"].get<double>() / 1e9,
              plan["attainable_bytes"].get<double>() / 1e9);
}

void expect_task(const TrainingVerb& verb, const FinetuneOptions& options) {
  if (verb.tasks.empty()) return;
  const bool known = std::ranges::find(verb.tasks, options.task) != verb.tasks.end();
  if (!known)
    throw Error(ErrorCode::kConfig, "the task " + options.task + " is none that genre lm " + verb.name + " is for",
                "it is for " + verb.tasks[0] + " and " + verb.tasks[1] + "; genre lm finetune is for all",
                {.key = "finetune.task"});
  if (options.task == "classify" && options.distil.teacher.empty())
    throw Error(ErrorCode::kConfig, "there is no teacher to learn from", "name a classifier, or run genre lm finetune",
                {.key = "finetune.distil.teacher"});
}

void finetune(const TrainingVerb& verb, const LmFinetuneArguments& arguments) {
  fs::path folder = arguments.run;
  if (arguments.resume) {
    if (!arguments.settings.empty() || !arguments.run.empty() || arguments.all_folds || arguments.plan)
      throw Error(ErrorCode::kUsage, "--resume goes on with a run as it is",
                  "leave --set, --run, --all-folds and --plan out");
    folder = fs::absolute(arguments.config).lexically_normal();
    RunFolder::open(folder);
    expect_task(verb, read_finetune_config(folder / "config.toml").finetune);
    if (run_stages(folder, arguments)) return;
    if (!fs::exists(folder / "checkpoints" / "last.safetensors"))
      throw Error(ErrorCode::kNotFound, "the run has no checkpoint yet", "start it again from its config.toml",
                  {.file = folder.string()});
  } else {
    FinetuneConfig config = finetune_config(load_configuration(arguments.config, arguments.settings));
    expect_task(verb, config.finetune);
    if (arguments.all_folds && config.finetune.folds < 2)
      throw Error(ErrorCode::kConfig, "--all-folds wants at least 2 folds", "as in --set finetune.folds=5",
                  {.key = "finetune.folds"});
    if (arguments.all_folds && config.finetune.ensemble > 1)
      throw Error(ErrorCode::kConfig, "the members of an ensemble are all of one fold",
                  "finetune.fold_ensemble makes one of the folds", {.key = "finetune.ensemble"});
    std::string& teacher = config.finetune.pseudo_labels.teacher;
    if (arguments.all_folds && config.finetune.pseudo_labels.rounds > 0)
      throw Error(ErrorCode::kConfig, "rounds of labelling are all of one fold", "leave --all-folds out",
                  {.key = "finetune.pseudo_labels.rounds"});
    if (!teacher.empty()) teacher = fs::absolute(resolve_model(teacher)).lexically_normal().string();
    resolve_model(config.lm.model);  // fetched here, so that the trainer needs no network
    const std::string model = fs::path(config.lm.model).filename().string();
    folder = RunFolder::create("runs", (arguments.plan ? "plan" : config.finetune.task) + "-" + model,
                               resolved_toml(config), arguments.run)
                 .path();
    folder = fs::absolute(folder).lexically_normal();
    if (!arguments.plan && run_stages(folder, arguments)) return;
  }
  if (arguments.plan) return print_plan(run_trainer(folder, {{"plan", true}}, "plan", "start it again"));
  const Json done =
      run_trainer(folder, training_spec(arguments.resume, processes_of(folder, arguments.processes)), "fine-tune",
                  "'genre lm finetune --resume " + folder.string() + "' goes on from the last checkpoint");
  write_file_atomic(folder / "result.json", done.dump(2) + "\n");
  print_result(done);
}

}  // namespace

void add_lm_finetune(CLI::App& parent) {
  for (const TrainingVerb& one : kVerbs) {
    auto arguments = std::make_shared<LmFinetuneArguments>();
    auto* const verb = add_verb(parent, one.name, one.what, one.examples);
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
    verb->callback([arguments, &one] { finetune(one, *arguments); });
  }
}

}  // namespace genre::app
