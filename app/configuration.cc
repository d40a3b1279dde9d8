#include "configuration.h"

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/config/layers.h"
#include "genre/config/toml.h"
#include "genre/finetune/option_checks.h"

namespace genre::app {
namespace fs = std::filesystem;

void Configuration::fields(config::Fields& f) {
  engine.fields(f);
  f.table("finetune", finetune, "What a language model is trained on, and how: `genre lm finetune`.");
  f.named("optimizer", optimizer, &optimizer_alternatives,
          "The optimizer of `genre lm finetune` and its parameters; adamw unless named.");
  f.table("track", track, "Where the metrics of a training go beside its run folder.");
  f.table("serve", serve, "The HTTP service.");
}

Configuration load_configuration(const fs::path& file, const std::vector<std::string>& settings) {
  Configuration out;
  config::Fields f;
  out.fields(f);
  config::Layers layers{.file = std::nullopt, .settings = settings, .environment = config::process_environment()};
  if (!file.empty()) {
    std::error_code error;
    if (fs::is_directory(file, error))
      throw Error(ErrorCode::kConfig, "wanted a configuration file, found a folder", "name its config.toml",
                  {.file = file.string()});
    layers.file = file;
    out.engine.base_folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  }
  config::apply(config::read_layers(layers), f);
  std::string& negatives = out.engine.evaluate.negatives;
  if (!negatives.empty()) negatives = fs::absolute(out.engine.base_folder / negatives).lexically_normal().string();
  set_global_threads(out.engine.threads);
  return out;
}

std::string resolved_toml(const Configuration& configuration) {
  Configuration copy = configuration;
  const auto absolute_path = [&](std::string& path) {
    if (!path.empty()) path = fs::absolute(copy.engine.base_folder / path).lexically_normal().string();
  };
  const auto make_absolute = [&](SourceOptions& source) {
    if (source.format != "postgresql") absolute_path(source.path);
  };
  absolute_path(copy.engine.item_vectors.path);
  absolute_path(copy.engine.item_vectors.ids);
  for (auto& source : copy.engine.data.interactions) make_absolute(source);
  for (auto& source : copy.engine.data.items) make_absolute(source);
  for (auto& source : copy.engine.data.users) make_absolute(source);
  for (auto& source : copy.finetune.examples) make_absolute(source);
  for (auto& head : copy.finetune.heads)
    for (auto& source : head.examples) make_absolute(source);
  config::Fields f;
  copy.fields(f);
  return config::to_toml(f.values());
}

FinetuneConfig finetune_config(const Configuration& configuration) {
  FinetuneConfig out;
  out.seed = configuration.engine.seed;
  out.threads = configuration.engine.threads;
  out.lm = configuration.engine.lm;
  out.finetune = configuration.finetune;
  out.track = configuration.track;
  if (configuration.optimizer != nullptr) out.optimizer = configuration.optimizer;
  out.base_folder = configuration.engine.base_folder;
  check_finetune_config(out);
  return out;
}

}  // namespace genre::app
