// Trainings that begin with an adapter that is there.
#pragma once

#include <filesystem>
#include <string_view>

#include "genre/finetune/options.h"
#include "genre/torch/parameters.h"

namespace genre::trainer {

// Gives the tensors of the adapters that were put among the parameters the values of options.start, a folder as PEFT or
// AdapterHub writes it, whose names may do without `prefix`; and heads those of its whole modules, where it has them in
// the same shape. Call it when `trained` is set. Throws Error(kNotFound), or Error(kData) for an adapter of another
// kind or shape, naming file and tensor.
void start_from_adapter(const FinetuneOptions& options, std::string_view prefix, Parameters& parameters);

}  // namespace genre::trainer
