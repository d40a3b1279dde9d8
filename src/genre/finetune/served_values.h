// What models do on examples as they are served, without what trained them: classify, multi_label, regress and rank.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/finetune/examples.h"
#include "genre/finetune/measures.h"
#include "genre/linalg/matrix.h"

namespace genre {

// Whether a task has a head whose numbers are measured here.
bool is_labelled_task(std::string_view task);

struct ServedAnswers {
  Matrix values;                    // N x L: probabilities, numbers of regress, scores of rank
  std::vector<std::string> labels;  // L
};

// What the model in a folder, or the ensemble, answers for examples by number. Texts are cut where the training cut
// them. Throws as TextClassifier.
ServedAnswers served_answers(const std::filesystem::path& model, const FinetuneConfig& config, const Examples& examples,
                             std::span<const std::int64_t> numbers);

// The mean of what several models answer for the same examples.
ServedAnswers mean_answers(std::span<const ServedAnswers> answers);

// How good answers for examples by number are: the values of the task, but for the loss of rank. Throws Error(kData)
// for a label that the answers do not have, and as label_values.
Values answer_values(const ServedAnswers& answers, const FinetuneConfig& config, const Examples& examples,
                     std::span<const std::int64_t> numbers);

}  // namespace genre
