// The model card of what a training made: model/README.md with the front matter that Hugging Face reads
// (huggingface.co/docs/hub/model-cards). It says what was measured, and nothing else.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "genre/track/metric_lines.h"
#include "genre/track/training_subject.h"

namespace genre {

// `model` is the folder of the model, which is read for the names of labels; `name` is that of the run.
std::string model_card(const std::string& name, const TrainingSubject& subject, std::span<const MetricLine> metrics,
                       const TrainingResult& result, const std::filesystem::path& model);

// What the card of the model in `folder` says of its licence, as "apache-2.0"; empty where it says nothing.
std::string licence_of_card(const std::filesystem::path& folder);

}  // namespace genre
