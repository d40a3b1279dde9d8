#include "genre/engine/training.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "genre/base/interrupt.h"
#include "genre/base/log.h"
#include "genre/config/toml.h"

namespace genre {

TrainingInputs training_inputs(const EngineConfig& config, CachePolicy policy, Vectors vectors) {
  TrainingInputs out;
  out.data = prepared_data(config, policy);
  throw_if_interrupted();
  const bool needed = config.wants_language_model() || vectors == Vectors::kAlways;
  const bool possible = config.lm.model != "none" && !out.data.dataset.item_fields.fields.empty();
  out.items = needed && possible ? encode_items(config, out.data.dataset) : item_texts_only(config, out.data.dataset);
  throw_if_interrupted();
  out.train = out.data.dataset.matrix(kTrainPart, config.data.values == "binary");
  return out;
}

FittedModel fit_model(const std::shared_ptr<RecommenderOptions>& options, const std::string& label,
                      const TrainingInputs& inputs, std::uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  FittedModel out{label, options, options->build(), 0};
  out.model->fit({.interactions = inputs.train, .item_vectors = inputs.items.vectors, .seed = seed});
  throw_if_interrupted();
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

std::int64_t save_run(const RunFolder& run, const EngineConfig& config, const FittedModel& fitted,
                      const TrainingInputs& inputs, const std::map<std::string, double>& metrics) {
  const Dataset& dataset = inputs.data.dataset;
  config::Fields options;
  fitted.options->fields(options);
  ArtifactContent content;
  content.manifest.model = std::string(fitted.model->name());
  content.manifest.model_options = config::to_toml(options.values());
  content.manifest.config_digest = config.digest();
  content.manifest.dataset_name = dataset.name;
  content.manifest.dataset_fingerprint = dataset.fingerprint;
  content.manifest.users = dataset.users.size();
  content.manifest.items = dataset.items.size();
  content.manifest.interactions = dataset.interactions.size();
  content.manifest.lm = config.lm;
  if (inputs.items.vectors.empty()) content.manifest.lm.model = "none";
  content.manifest.encoder_id = inputs.items.encoder_id;
  content.manifest.events = config.data.events;
  content.manifest.metrics = metrics;
  content.model = fitted.model.get();
  content.dataset = &dataset;
  // Serving knows everything that happened, whatever part it fell into.
  const UserHistories histories = user_histories(dataset, kTrainPart | kValidPart | kTestPart);
  content.histories = &histories;
  content.item_texts = &inputs.items.texts;
  content.item_vectors = inputs.items.vectors;
  return write_artifact(content, run.artifact());
}

MemoryPlan memory_plan(const EngineConfig& config, const Dataset& dataset) {
  const auto models = config.recommenders();
  const std::int64_t users = dataset.users.size(), items = dataset.items.size(), rows = dataset.interactions.size();
  MemoryPlan plan;
  const auto add = [&](std::string name, std::int64_t bytes) {
    plan.parts.emplace_back(std::move(name), bytes);
    plan.peak_bytes += bytes;
  };
  add("program", 60ll << 20);
  add("interactions", rows * (4 + 4 + 4 + 4 + 8 + 1 + 1 + 1));
  add("training matrix and its transpose", 2 * (rows * 8 + (users + items) * 8));
  if (config.wants_language_model()) {
    add("language model", 2 * (91ll << 20));
    add("item vectors", items * 384 * 4);
  }
  std::int64_t largest = 0;
  for (const auto& model : models) {
    const std::string_view name = model->name();
    // Gram matrix, double scratch of the inverse, and the weights; one more matrix for the text of hybrid_ease.
    if (name == "ease" || name == "cascade") largest = std::max(largest, items * items * (4 + 8 + 4));
    if (name == "hybrid_ease") largest = std::max(largest, items * items * (4 + 8 + 4 + 4));
    if (name == "item_knn") largest = std::max(largest, items * std::min<std::int64_t>(items, 1000) * 8 * 3);
  }
  if (largest > 0) add("item-item matrices", largest);
  return plan;
}

std::int64_t peak_resident_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace genre
