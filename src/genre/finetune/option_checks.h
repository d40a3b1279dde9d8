// Whether the settings of a fine-tuning go together.
#pragma once

#include "genre/finetune/options.h"

namespace genre {

// Throws Error(kConfig) for settings that do not go together, or without examples.
void check_finetune_config(const FinetuneConfig& config);

}  // namespace genre
