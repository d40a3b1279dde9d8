// Models of one configuration that answer together: members of other seeds, or the folds of a cross-validation.
// Source: Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles" (2017).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>

#include "genre/finetune/options.h"

namespace genre::app {

struct EnsembleMember {
  std::filesystem::path model;
  FinetuneConfig config;
};

// Leaves RUN/model, an ensemble of the members, and returns {model, texts, test}: the number of texts in the test parts
// of all members, and of each value there what the ensemble does beside mean and 95 % interval of what each member
// does by itself. Without such texts `test` is empty. Throws as read_examples and TextClassifier.
nlohmann::ordered_json make_ensemble(const std::filesystem::path& run, std::span<const EnsembleMember> members);
// The same as text.
void print_ensemble(const nlohmann::ordered_json& ensemble);

// Trains finetune.ensemble members, goes on with those that are not done, and prints them beside their ensemble. Throws
// as run_stage.
void run_ensemble(const std::filesystem::path& run, const FinetuneConfig& config, int processes);

}  // namespace genre::app
