// A training of several, each in a folder of its own inside the run: folds, members of an ensemble.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "genre/finetune/options.h"

namespace genre::app {

struct TrainingStage {
  std::string name;   // of the folder
  std::string label;  // of its progress
  FinetuneConfig config;
};

// What genre-trainer is told, and how many processes are to train: as told, else (0) as many as the run has had.
nlohmann::ordered_json training_spec(bool resume, int processes);
int processes_of(const std::filesystem::path& run, int told);

// Trains a stage in RUN/NAME, with as many processes as processes_of says, and returns what it says of itself, which
// RUN/NAME/result.json keeps: a stage that is done is not done again, one that was interrupted goes on. Throws as
// run_trainer.
nlohmann::ordered_json run_stage(const std::filesystem::path& run, const TrainingStage& stage, int processes);

// The values of a part, on one line.
void print_values(const char* part, const nlohmann::ordered_json& values);

// A number as JSON has it: null where it is not finite.
nlohmann::ordered_json number_or_null(double value);

}  // namespace genre::app
