// Self-training: rounds in which a classifier labels texts for the next one.
#pragma once

#include <filesystem>

#include "genre/finetune/options.h"

namespace genre::app {

// Trains finetune.pseudo_labels.rounds rounds behind a first one on the labelled texts alone, which
// finetune.pseudo_labels.teacher takes the place of; goes on with those that are not done. RUN/model is that of the
// round that does best on the validation part, of the last without one. Prints what each round learnt from and how well
// it does. Throws as run_stage and write_pseudo_labels.
void run_pseudo_label_rounds(const std::filesystem::path& run, const FinetuneConfig& config, int processes);

}  // namespace genre::app
