// `genre lm finetune --all-folds`.
#pragma once

#include <filesystem>

#include "genre/finetune/options.h"

namespace genre::app {

// Whether a run is one of folds.
bool has_folds(const std::filesystem::path& run);
// Trains once for each fold, goes on with those that are not done, and prints mean and interval of each value of the
// test parts; with finetune.fold_ensemble leaves RUN/model, of all folds together. Throws as run_stage.
void run_folds(const std::filesystem::path& run, const FinetuneConfig& config, int processes);

}  // namespace genre::app
