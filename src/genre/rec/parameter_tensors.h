// The tensors of a trained network in a model's file.
#pragma once

#include <string>

#include "genre/base/safetensors.h"
#include "genre/neural/parameters.h"

namespace genre {

// Each under `prefix` and its name; the views live as long as the parameters.
void add_parameters(SafetensorsWriter& out, const std::string& prefix, const neural::Parameters& parameters);
// Over those of a network of the same shape. Throws Error(kData) naming the tensor that is missing or has another.
void read_parameters(const SafetensorsFile& in, const std::string& prefix, neural::Parameters& parameters);

}  // namespace genre
