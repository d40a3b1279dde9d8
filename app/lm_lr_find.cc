#include <cstdio>

#include "configuration.h"
#include "genre/base/file.h"
#include "genre/finetune/options.h"
#include "genre/lm/catalogue.h"
#include "genre/track/run_folder.h"
#include "lm_verbs.h"
#include "trainer_process.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct LmLrFindArguments {
  std::string config, run;
  std::vector<std::string> settings;
  int steps = 100;
};

void print_rates(const Json& done) {
  constexpr std::size_t kRows = 12;
  const Json& curve = done["curve"];
  std::printf("%12s  %10s\n", "rate", "loss");
  const std::size_t stride = std::max<std::size_t>(1, curve.size() / kRows);
  for (std::size_t i = 0; i < curve.size(); i += stride)
    std::printf("%12.2e  %10.4f\n", curve[i]["rate"].get<double>(), curve[i]["smoothed"].get<double>());
  if (done["suggested"].is_null()) {
    std::printf("the loss never fell: look at the examples, or take more --steps\n");
    return;
  }
  std::printf("it falls fastest at %.1e and is lowest at %.1e\n", done["suggested"].get<double>(),
              done["lowest"].get<double>());
  std::printf("next: --set optimizer.learning_rate=%.1e\n", done["suggested"].get<double>());
}

void find(const LmLrFindArguments& arguments) {
  const FinetuneConfig config = finetune_config(load_configuration(arguments.config, arguments.settings));
  resolve_model(config.lm.model);  // fetched here, so that the trainer needs no network
  const std::string model = fs::path(config.lm.model).filename().string();
  const fs::path folder =
      fs::absolute(RunFolder::create("runs", "lr-find-" + model, resolved_toml(config), arguments.run).path());
  const Json done = run_trainer(folder, {{"sweep", arguments.steps}}, "lr-find", "start it again");
  write_file_atomic(folder / "result.json", done.dump(2) + "\n");
  if (output().json) return print_json("lm.lr_find", done);
  print_rates(done);
}

}  // namespace

void add_lm_lr_find(CLI::App& parent) {
  auto arguments = std::make_shared<LmLrFindArguments>();
  auto* const verb = add_verb(parent, "lr-find", "train a few steps at rising learning rates and suggest one",
                              "  genre lm lr-find configs/finetune-sentiment.toml\n");
  verb->add_option("config", arguments->config, "configuration file of a fine-tuning")->required();
  verb->add_option("--set", arguments->settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
  verb->add_option("--steps", arguments->steps, "steps of the sweep")
      ->check(CLI::Range(10, 100'000))
      ->capture_default_str();
  verb->add_option("--run", arguments->run, "folder of the run (default: runs/lr-find-MODEL-STAMP)");
  verb->callback([arguments] { find(*arguments); });
}

}  // namespace genre::app
