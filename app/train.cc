#include <fmt/format.h>

#include <cstdio>

#include "command.h"
#include "configuration.h"
#include "genre/base/interrupt.h"
#include "genre/base/log.h"
#include "genre/base/process.h"
#include "genre/engine/model_labels.h"
#include "genre/engine/training.h"

namespace genre::app {
namespace {

struct TrainArguments {
  std::string config;
  std::vector<std::string> settings;
  std::string run;
  bool plan = false;
  bool fresh = false;
};

void print_plan(const MemoryPlan& plan) {
  if (output().json) {
    auto steps = nlohmann::ordered_json::array();
    for (const auto& [name, bytes] : plan.parts) steps.push_back({{"step", name}, {"bytes", bytes}});
    print_json("train", {{"estimated_peak_bytes", plan.peak_bytes}, {"steps", steps}});
    return;
  }
  for (const auto& [name, bytes] : plan.parts)
    std::printf("%10.1f MiB  %s\n", static_cast<double>(bytes) / (1 << 20), name.c_str());
  std::printf("%10.1f MiB  estimated peak\n", static_cast<double>(plan.peak_bytes) / (1 << 20));
}

void train(const TrainArguments& arguments) {
  const Configuration configuration = load_configuration(arguments.config, arguments.settings);
  const EngineConfig& engine = configuration.engine;
  const auto recommenders = engine.recommenders();
  const CachePolicy policy = arguments.fresh ? CachePolicy::kFresh : CachePolicy::kUse;
  if (arguments.plan) return print_plan(memory_plan(engine, prepared_data(engine, policy).dataset));
  if (!arguments.run.empty() && recommenders.size() > 1)
    throw Error(ErrorCode::kUsage, "--run names one folder, but [[models]] trains several models",
                "leave --run out, or keep one model");
  const TrainingInputs inputs = training_inputs(engine, policy, Vectors::kAlways);
  const auto labels = model_labels(recommenders);
  auto runs = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < recommenders.size(); ++i) {
    const FittedModel fitted = fit_model(recommenders[i], labels[i], inputs, static_cast<std::uint64_t>(engine.seed));
    Configuration single = configuration;
    single.engine.model = recommenders[i];
    single.engine.models.clear();
    const RunFolder run = RunFolder::create("runs", engine.data.name + "-" + std::string(recommenders[i]->name()),
                                            resolved_toml(single), arguments.run);
    run.log_metric(0, "train", "fit_seconds", fitted.seconds);
    const std::int64_t bytes = save_run(run, single.engine, fitted, inputs, {{"fit_seconds", fitted.seconds}});
    runs.push_back({{"run", run.path().string()},
                    {"model", fitted.label},
                    {"seconds", fitted.seconds},
                    {"peak_bytes", peak_resident_bytes()},
                    {"artifact_bytes", bytes},
                    {"embedded_texts", inputs.items.embedded},
                    {"data_from_cache", inputs.data.from_cache}});
    if (!output().json)
      std::printf("%s trained in %.2f s: %s (artifact %.1f MiB)\n", fitted.label.c_str(), fitted.seconds,
                  run.path().string().c_str(), static_cast<double>(bytes) / (1 << 20));
  }
  if (output().json)
    print_json("train", runs.size() == 1 ? runs[0] : nlohmann::ordered_json{{"runs", runs}});
  else
    std::printf("next: genre recommend %s --user ID\n", runs[0]["run"].get<std::string>().c_str());
}

}  // namespace

void add_train(CLI::App& app) {
  auto arguments = std::make_shared<TrainArguments>();
  auto* const verb =
      add_verb(app, "train", "prepare the data, embed the item texts, train the model and write a run folder",
               "  genre train genre.toml\n  genre train genre.toml --set model.name=ease --set model.l2=300\n  genre "
               "train genre.toml --plan\n");
  verb->add_option("config", arguments->config, "configuration file")->required();
  verb->add_option("--set", arguments->settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
  verb->add_option("--run", arguments->run, "folder of the run (default: runs/NAME-STAMP)");
  verb->add_flag("--plan", arguments->plan, "print the estimated peak memory, train nothing");
  verb->add_flag("--fresh", arguments->fresh, "prepare the data again");
  verb->callback([arguments] { train(*arguments); });
}

}  // namespace genre::app
