// From a configuration to fitted recommenders and a run folder that reproduces and serves them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "genre/engine/artifact.h"
#include "genre/engine/config.h"
#include "genre/engine/item_vectors.h"
#include "genre/engine/list_quality.h"
#include "genre/engine/prepared_data.h"
#include "genre/rec/recommender.h"
#include "genre/track/run_folder.h"

namespace genre {

// Data and vectors that all models of a configuration share.
struct TrainingInputs {
  PreparedData data;
  ItemVectors items;                // vectors empty where no model reads them and `vectors` was kIfNeeded
  CsrMatrix train;                  // U x I
  ItemFeatures features;            // no columns where none are configured
  CsrMatrix ratings;                // U x I, every event of the training part
  std::vector<std::int64_t> times;  // aligned with train; empty where nobody knows them, and then
  std::vector<std::int64_t> order;  // row numbers
  // What a model is fitted on; valid while this lives.
  TrainingData training_data(std::uint64_t seed) const;
  // What an evaluation compares items by; valid while this lives.
  SimilaritySources similarity_sources(const EngineConfig& config) const;
};

enum class Vectors { kIfNeeded, kAlways };

// Prepares, embeds, and builds the training matrix. kAlways also serves questions in words for models that read no
// text.
TrainingInputs training_inputs(const EngineConfig& config, CachePolicy policy, Vectors vectors);

struct FittedModel {
  std::string label;
  std::shared_ptr<RecommenderOptions> options;
  std::unique_ptr<Recommender> model;
  double seconds = 0;
};

FittedModel fit_model(const std::shared_ptr<RecommenderOptions>& options, const std::string& label,
                      const TrainingInputs& inputs, std::uint64_t seed);

// Writes the artifact of one fitted model into the run; returns its bytes.
std::int64_t save_run(const RunFolder& run, const EngineConfig& config, const FittedModel& fitted,
                      const TrainingInputs& inputs, const std::map<std::string, double>& metrics);

// Bytes that fitting and serving a configuration needs at its peak, by counting the arrays that will be held. Needs the
// prepared data only.
struct MemoryPlan {
  std::vector<std::pair<std::string, std::int64_t>> parts;
  std::int64_t peak_bytes = 0;
};
MemoryPlan memory_plan(const EngineConfig& config, const Dataset& dataset);

}  // namespace genre
