#include "genre/engine/training.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "genre/base/interrupt.h"
#include "genre/base/progress.h"
#include "genre/config/toml.h"
#include "genre/engine/starting_point.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_encoder.h"

namespace genre {

TrainingInputs training_inputs(const EngineConfig& config, CachePolicy policy, Vectors vectors) {
  TrainingInputs out;
  out.data = prepared_data(config, policy);
  throw_if_interrupted();
  out.features = item_features(out.data.dataset, config.item_features);
  const bool needed = config.wants_language_model() || vectors == Vectors::kAlways;
  const bool possible = config.lm.model != "none" && !out.data.dataset.item_fields.fields.empty();
  if (!config.item_vectors.path.empty())
    out.items = item_vectors_of_file(config, out.data.dataset);
  else
    out.items = needed && possible ? encode_items(config, out.data.dataset) : item_texts_only(config, out.data.dataset);
  throw_if_interrupted();
  out.train = out.data.dataset.matrix(kTrainPart, config.data.values == "binary");
  out.ratings = out.data.dataset.ratings(kTrainPart);
  (out.data.dataset.has_time ? out.times : out.order) = out.data.dataset.times(kTrainPart);
  return out;
}

TrainingData TrainingInputs::training_data(std::uint64_t seed) const {
  return {.interactions = train,
          .item_vectors = items.vectors,
          .seed = seed,
          .ratings = &ratings,
          .times = times,
          .item_texts = items.texts,
          .item_features = features.names.empty() ? nullptr : &features.matrix,
          .order = order,
          .feature_names = features.names};
}

SimilaritySources TrainingInputs::similarity_sources(const EngineConfig& config) const {
  return {.vectors = items.vectors,
          .features = &features.matrix,
          .separator = config.item_features.separator,
          .texts = items.texts};
}

FittedModel fit_model(const std::shared_ptr<RecommenderOptions>& options, const std::string& label,
                      const TrainingInputs& inputs, std::uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  FittedModel out{label, options, options->build(), 0};
  TrainingData data = inputs.training_data(seed);
  std::optional<FittedBefore> before;
  std::optional<StartingPoint> point;
  if (!options->start().empty()) {
    before.emplace(options->start(), inputs.data.dataset, inputs.train, inputs.items.encoder_id);
    point.emplace(before->point());
    data.start = &*point;
  }
  std::optional<Progress> bar;
  std::int64_t shown = 0;
  data.progress = [&](std::int64_t done, std::int64_t of) {
    if (!bar) bar.emplace("train " + label, of);
    bar->advance(done - shown);
    shown = done;
  };
  out.model->fit(data);
  bar.reset();
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
  if (inputs.items.vectors.empty() || !config.item_vectors.path.empty()) content.manifest.lm.model = "none";
  content.manifest.encoder_id = inputs.items.encoder_id;
  content.manifest.events = config.data.events;
  content.manifest.metrics = metrics;
  content.model = fitted.model.get();
  content.dataset = &dataset;
  // Serving knows everything that happened, whatever part it fell into.
  const UserHistories histories = user_histories(dataset, kEveryPart);
  content.histories = &histories;
  content.trained = &inputs.train;
  content.item_texts = &inputs.items.texts;
  content.item_vectors = inputs.items.vectors;
  return write_artifact(content, run.artifact());
}

namespace {

struct ModelSize {
  std::int64_t bytes, dimension;
};

// Of a catalogue model without fetching it, or of a folder.
ModelSize language_model_size(const LmOptions& options) {
  for (const auto& model : catalogue_models())
    if (model.name == options.model) return {model.bytes, model.dimension};
  const auto folder = resolve_model(options.model);
  return {static_cast<std::int64_t>(std::filesystem::file_size(folder / "model.safetensors")),
          identify_encoder(folder, options).dimension};
}

}  // namespace

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
  std::int64_t dimension = 0;
  if (config.wants_language_model()) {
    const ModelSize size = language_model_size(config.lm);
    dimension = size.dimension;
    add("language model, mapped and repacked", 2 * size.bytes);
    add("item vectors", items * dimension * 4);
  }
  std::int64_t largest = 0;  // models are fitted one after the other
  DataSize size{.users = users, .items = items, .interactions = rows, .dimension = dimension};
  if (std::any_of(models.begin(), models.end(), [](const auto& model) { return model->needs_item_texts(); }))
    for (const auto& text : item_texts_only(config, dataset).texts)
      size.text_bytes += static_cast<std::int64_t>(text.size());
  for (const auto& model : models) largest = std::max(largest, model->fit_bytes(size));
  add("fitting the largest model", largest);
  return plan;
}

}  // namespace genre
