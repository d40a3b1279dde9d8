// What processes that train together tell each other in a step: each takes its share of every batch, and all take the
// step of the whole.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "genre/parallel/processes.h"
#include "genre/torch/parameters.h"

namespace genre::trainer {

// What process `rank` of `count` takes of a batch: every count-th example, so that lengths are shared out alike. May be
// nothing.
std::vector<std::int64_t> share_of(std::span<const std::int64_t> batch, int rank, int count);

// Each trained parameter's gradient, or that of the rows that the step reads, becomes the sum over the processes. One
// that no process has stays undefined.
void sum_gradients(Processes& together, Parameters& parameters);

// The values that the first process measured.
std::map<std::string, double> of_first(Processes& together, const std::map<std::string, double>& values);

}  // namespace genre::trainer
