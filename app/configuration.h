// The whole configuration of the program: what the engine, a fine-tuning and the service need.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "genre/config/fields.h"
#include "genre/engine/config.h"
#include "genre/finetune/options.h"
#include "genre/serve/options.h"

namespace genre::app {

struct Configuration {
  EngineConfig engine;
  ServeOptions serve;
  FinetuneOptions finetune;
  TrackOptions track;
  std::shared_ptr<config::NamedOptions> optimizer;  // OptimizerOptions; null: adamw
  void fields(config::Fields& f);
};

// Layers: defaults < file < GENRE_* environment < settings. Also sets the size of the program's thread pool.
Configuration load_configuration(const std::filesystem::path& file, const std::vector<std::string>& settings);

// As TOML with every default filled in and source paths made absolute, so that it works from anywhere.
std::string resolved_toml(const Configuration& configuration);

// The part of it that genre-trainer reads. Throws Error(kConfig) where there are no examples.
FinetuneConfig finetune_config(const Configuration& configuration);

}  // namespace genre::app
