// Checkpoints of a training: trained tensors, what the optimizer remembers, and where the training stands.
#include <torch/types.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/crc32c.h"
#include "genre/base/error.h"
#include "genre/base/safetensors.h"
#include "genre/base/temporary_files.h"
#include "genre/torch/step_rule.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

// JSON has no NaN.
Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double or_nan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

// Of the lengths of the examples, which say what batches there are.
std::uint32_t sum_of(std::span<const std::int32_t> lengths) {
  return crc32c({reinterpret_cast<const char*>(lengths.data()), lengths.size_bytes()});
}

void restore(const SafetensorsFile& in, const std::string& name, std::span<float> values) {
  const auto from = in.values<float>(name, {static_cast<std::int64_t>(values.size())});
  std::copy(from.begin(), from.end(), values.begin());
}

}  // namespace

void Trainer::save(const fs::path& path, Contents contents) const {
  SafetensorsWriter out;
  const auto add = [&](const std::string& name, std::span<const float> values) {
    out.add<float>(name, values, {static_cast<std::int64_t>(values.size())});
  };
  for (const Slot& slot : slots_) add("parameter/" + slot.parameter->name, numbers_of(slot.parameter->value));
  if (contents == Contents::kWeights) return out.write(path);
  for (const Slot& slot : slots_)
    if (!slot.average.empty()) add("average/" + slot.parameter->name, slot.average);
  for (const auto& state : optimizer_->states()) add("optimizer/" + state.name, state.values);
  if (StepRule* const rule = learner_.parameters().rule())
    for (const auto& state : rule->states()) add("rule/" + state.name, state.values);
  Json best = Json::object();
  for (const auto& [name, value] : best_) best[name] = or_null(value);
  const auto plateau = plateau_.state();
  const auto scale = scale_.state();
  const Json standing = {{"step", step_},
                         {"steps", steps_},
                         {"processes", together_.count()},
                         {"lengths", sum_of(learner_.lengths())},
                         {"best_step", best_step_},
                         {"best_value", or_null(best_value_)},
                         {"best", best},
                         {"epochs_since_best", epochs_since_best_},
                         {"stopped_early", stopped_early_},
                         {"examples", examples_},
                         {"averaged", averaged_},
                         {"seconds", seconds_},
                         {"plateau", {plateau.best, plateau.factor, plateau.since_best}},
                         {"loss_scale", {scale.factor, scale.since_change, scale.left_out}}};
  out.set_metadata("training", standing.dump());
  out.set_metadata("digest", options_.digest);
  out.write(path);
}

fs::path Trainer::own_file(std::int64_t step) const {
  const bool upper = pipeline_ && !together_.first();
  return options_.folder / (upper ? "last-upper-" + std::to_string(step) + ".safetensors" : "last.safetensors");
}

fs::path Trainer::best_file() const {
  return options_.folder / (together_.first() ? "best.safetensors" : "best-upper.safetensors");
}

// The file of the first process is the checkpoint: it appears behind that of the other half, which is kept until then
// from the checkpoint before.
void Trainer::checkpoint() const {
  if (!pipeline_) {
    if (together_.first()) save(own_file(step_), Contents::kEverything);
    return;
  }
  double all = 0;
  if (!together_.first()) save(own_file(step_), Contents::kEverything);
  together_.sum(std::span(&all, 1));
  if (together_.first()) save(own_file(step_), Contents::kEverything);
  together_.sum(std::span(&all, 1));
  if (together_.first()) return;
  for (const auto& entry : fs::directory_iterator(options_.folder))
    if (entry.path().filename().string().starts_with("last-upper-") && entry.path() != own_file(step_))
      fs::remove(entry.path());
}

void Trainer::load(const fs::path& path) {
  const SafetensorsFile in(path);
  for (Slot& slot : slots_) restore(in, "parameter/" + slot.parameter->name, numbers_of(slot.parameter->value));
  weights_changed();
}

std::int64_t Trainer::resume() {
  const fs::path path = options_.folder / "last.safetensors";
  const SafetensorsFile in(path);
  const auto digest = in.metadata().find("digest"), standing = in.metadata().find("training");
  if (digest == in.metadata().end() || standing == in.metadata().end())
    throw Error(ErrorCode::kData, "the file is no checkpoint of a training", "name the folder of a run",
                {.file = path.string()});
  if (digest->second != options_.digest)
    throw Error(ErrorCode::kData, "the checkpoint belongs to another configuration",
                "resume with the run's own config.toml, or start anew", {.file = path.string()});
  try {
    const Json now = Json::parse(standing->second);
    step_ = now.at("step");
    best_step_ = now.at("best_step");
    best_value_ = or_nan(now.at("best_value"));
    for (const auto& [name, value] : now.at("best").items()) best_[name] = or_nan(value);
    epochs_since_best_ = now.at("epochs_since_best");
    stopped_early_ = now.at("stopped_early");
    examples_ = now.at("examples");
    averaged_ = now.at("averaged");
    seconds_ = now.at("seconds");
    const Json& plateau = now.at("plateau");
    plateau_.restore({plateau.at(0), plateau.at(1), plateau.at(2)});
    const Json& scale = now.at("loss_scale");
    scale_.restore({scale.at(0), scale.at(1), scale.at(2)});
    if (now.at("processes") != together_.count())
      throw Error(ErrorCode::kData,
                  "the checkpoint is of a training over " + now.at("processes").dump() + " processes, this one has " +
                      std::to_string(together_.count()),
                  "go on with --processes " + now.at("processes").dump(), {.file = path.string()});
    if (now.at("lengths") != sum_of(learner_.lengths()))
      throw Error(ErrorCode::kData, "the examples are not those that the checkpoint was written with",
                  "put the files back as they were, or start anew", {.file = path.string()});
    if (now.at("steps") != steps_)
      throw Error(ErrorCode::kData,
                  "the checkpoint is of a training of " + now.at("steps").dump() + " steps, this one has " +
                      std::to_string(steps_),
                  "the examples have changed since: start anew", {.file = path.string()});
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kData, std::string("the checkpoint's state cannot be read: ") + error.what(), "start anew",
                {.file = path.string()});
  }
  if (together_.first()) remove_temporaries(options_.folder);
  // The other half of a model has a file of its own.
  const SafetensorsFile own(own_file(step_));
  for (Slot& slot : slots_) restore(own, "parameter/" + slot.parameter->name, numbers_of(slot.parameter->value));
  for (Slot& slot : slots_)
    if (!slot.average.empty()) restore(own, "average/" + slot.parameter->name, slot.average);
  for (const auto& state : optimizer_->states()) restore(own, "optimizer/" + state.name, state.values);
  if (StepRule* const rule = learner_.parameters().rule())
    for (const auto& state : rule->states()) restore(own, "rule/" + state.name, state.values);
  optimizer_->set_step(step_ - scale_.left_out());
  weights_changed();
  return step_;
}

}  // namespace genre::trainer
