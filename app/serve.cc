#include <chrono>
#include <cstdio>
#include <thread>

#include "command.h"
#include "configuration.h"
#include "genre/base/interrupt.h"
#include "genre/base/log.h"
#include "genre/engine/recommendation_service.h"
#include "genre/engine/training.h"
#include "genre/serve/service.h"
#include "genre/store/event_store.h"

namespace genre::app {
namespace fs = std::filesystem;
namespace {

struct ServeArguments {
  std::string target;
  std::vector<std::string> settings;
};

// A configuration is trained first; a run is served as it is.
fs::path run_of(const ServeArguments& arguments, Configuration& configuration) {
  std::error_code error;
  const fs::path target = arguments.target;
  if (!fs::exists(target, error))
    throw Error(ErrorCode::kNotFound, "no such run or configuration", "'genre train CONFIG' makes a run",
                {.file = arguments.target});
  if (fs::is_directory(target, error)) {
    const fs::path config = target / "config.toml";
    configuration = load_configuration(fs::exists(config, error) ? config : fs::path(), arguments.settings);
    return target;
  }
  configuration = load_configuration(target, arguments.settings);
  const EngineConfig& engine = configuration.engine;
  const auto recommenders = engine.recommenders();
  if (recommenders.size() != 1)
    throw Error(ErrorCode::kConfig, "[[models]] names several models, one can be served",
                "train them and serve one run");
  const TrainingInputs inputs = training_inputs(engine, CachePolicy::kUse, Vectors::kAlways);
  const FittedModel fitted = fit_model(recommenders.front(), std::string(recommenders.front()->name()), inputs,
                                       static_cast<std::uint64_t>(engine.seed));
  const RunFolder run = RunFolder::create("runs", engine.data.name + "-" + fitted.label, resolved_toml(configuration));
  save_run(run, engine, fitted, inputs, {});
  return run.path();
}

void serve(const ServeArguments& arguments) {
  Configuration configuration;
  const fs::path run = run_of(arguments, configuration);
  const fs::path store =
      configuration.serve.store.empty() ? run / "events.sqlite" : fs::path(configuration.serve.store);
  Service service(RecommendationService::open(run), open_sqlite_store(store), configuration.serve);
  const int port = service.start();
  std::fprintf(stderr, "listening on http://%s:%d\n", configuration.serve.address.c_str(), port);
  while (!interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  log_info("stopping: requests in flight are answered first");
  service.stop();
}

}  // namespace

void add_serve(CLI::App& app) {
  auto arguments = std::make_shared<ServeArguments>();
  auto* const verb =
      add_verb(app, "serve", "answer recommendations, searches and events over HTTP",
               "  genre serve runs/shop-ease-20260101-120000\n  genre serve genre.toml --set serve.port=0\n");
  verb->add_option("target", arguments->target, "run folder, or a configuration to train first")->required();
  verb->add_option("--set", arguments->settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
  verb->callback([arguments] { serve(*arguments); });
}

}  // namespace genre::app
