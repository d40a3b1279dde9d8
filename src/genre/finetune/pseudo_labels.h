// Labels that a trained classifier gives to texts without one, to be learnt from beside the true ones. Sources: Lee,
// "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep Neural Networks" (2013); Yarowsky,
// "Unsupervised Word Sense Disambiguation Rivaling Supervised Methods" (1995).
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "genre/finetune/options.h"
#include "genre/linalg/matrix.h"

namespace genre {

struct PseudoLabel {
  std::int64_t text = 0;
  std::int32_t label = 0;
  float confidence = 0;  // the label's probability
};

// The texts, in order, whose most probable label (of N x L) has at least options.threshold. With balance "labelled" as
// many of each label as go in proportion to `shares` (L, of the labels among the labelled texts), with "equal" equally
// many, the most confident first, ties by number; a label that no text has takes no part in that.
std::vector<PseudoLabel> choose_pseudo_labels(ConstMatrixView probabilities, std::span<const double> shares,
                                              const PseudoLabelOptions& options);

// The unlabelled texts of `config` labelled by the classifier in `teacher`: lines of {text, label, confidence} in
// `file`, which is whole or not there. Returns {texts, confident, learnt, labels: {NAME: {confident, learnt}}}. Throws
// Error(kConfig) for a teacher that does not give one of the labels of the examples to each text, and as TextClassifier
// and read_unlabelled.
nlohmann::ordered_json write_pseudo_labels(const FinetuneConfig& config, const std::filesystem::path& teacher,
                                           const std::filesystem::path& file);

}  // namespace genre
