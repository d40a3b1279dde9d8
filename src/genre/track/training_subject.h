// What a training is about, as its report, its model card and an MLflow run say it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "genre/config/value.h"

namespace genre {

struct BaseModel {
  std::string name;     // its repository on Hugging Face where it is known, else what the configuration says
  std::string licence;  // an identifier such as "apache-2.0"; empty: not known
};

struct TrainingSubject {
  std::string task;  // "classify"
  BaseModel base;
  std::vector<std::string> sources;                            // files of examples, as the configuration names them
  std::vector<std::pair<std::string, std::int64_t>> examples;  // by part: train, valid, test
  std::int64_t labels = 0;                                     // 0: the task has none
  double mean_tokens = 0;
  int maximum_tokens = 0;
  std::string metric;  // of the validation part, decides which weights are kept
  std::int64_t trained_parameters = 0, total_parameters = 0;
  std::int64_t steps = 0;       // of the whole training
  config::Value configuration;  // what decides the result, with defaults filled in; no secrets
};

// How it ended.
struct TrainingResult {
  std::int64_t best_step = 0, steps = 0;
  double seconds = 0, examples_per_second = 0;
  bool stopped_early = false;
};

// Dotted keys and values as text: {"optimizer.learning_rate", "0.0001"}, {"finetune.examples.0.part", "train"}.
std::vector<std::pair<std::string, std::string>> flat_settings(const config::Value& configuration);

}  // namespace genre
