// A fine-tuning from its run folder to the model that it leaves there.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "genre/parallel/processes.h"

namespace genre::trainer {

enum class Start { kAnew, kResume };

// Trains what RUN/config.toml says. Leaves RUN/model, which `genre lm classify` and transformers load, RUN/adapter
// where adapters were trained, RUN/metrics.jsonl, RUN/checkpoints with last.safetensors (to go on from) and
// best.safetensors. Processes that train together each call it; the first alone writes and has events. `event` gets, in
// this order: start; plan; progress at most five times a second, measured after each epoch and checkpoint; done. Their
// fields are those that docs/training.md shows. Throws Error as the task and the trainer do, and Error(kResources)
// where the plan is larger than what there is.
void finetune(const std::filesystem::path& run, Start start, Processes& together,
              const std::function<void(const std::string& event, const nlohmann::ordered_json& fields)>& event);

// Reads model and examples as a fine-tuning of RUN/config.toml does, and says what it will take; nothing is trained.
// `event` gets start and done with the fields of the plan.
void plan_finetuning(const std::filesystem::path& run,
                     const std::function<void(const std::string& event, const nlohmann::ordered_json& fields)>& event);

// A sweep over rising learning rates, from kLowestRate to kHighestRate, on what RUN/config.toml says; nothing is kept
// of the training. `event` gets start, progress and done with the losses and what they suggest.
void find_learning_rate(
    const std::filesystem::path& run, int steps,
    const std::function<void(const std::string& event, const nlohmann::ordered_json& fields)>& event);
inline constexpr double kLowestRate = 1e-7, kHighestRate = 1;

}  // namespace genre::trainer
