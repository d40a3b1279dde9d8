// Examples learnt slice after slice in the order of their times.
#pragma once

#include <filesystem>

#include "genre/finetune/options.h"

namespace genre::app {

// Trains finetune.time_slices.count times, each from the model of the one before, and goes on with those that are not
// done. Behind each the model is measured on the test part of every slice. RUN/model is that of the last training,
// RUN/report.html has the matrix, which is printed with average forgetting and final mean. Throws as run_stage and
// write_time_slices.
void run_time_slices(const std::filesystem::path& run, const FinetuneConfig& config, int processes);

}  // namespace genre::app
