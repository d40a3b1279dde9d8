// Examples cut by time, to be learnt one slice after another, as data comes in; older ones may be replayed. Source:
// Robins, "Catastrophic Forgetting, Rehearsal and Pseudorehearsal" (1995).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "genre/finetune/options.h"

namespace genre {

struct TimeSlice {
  std::string from, to;  // the first and the last time, as written
  std::int64_t train = 0, valid = 0, test = 0;
  std::int64_t replayed = 0;                 // training examples of slices before it
  std::vector<ExampleSourceOptions> own;     // its examples, with their parts
  std::vector<ExampleSourceOptions> replay;  // of slices before it, for training
};

// `count` slices of about as many of these times each, in order; equal times go to one slice. Returns the number of the
// slice of each. Throws Error(kConfig) where there are fewer distinct times than slices.
std::vector<int> cut_by_time(std::span<const std::int64_t> times, int count);

// Reads the examples, cuts them into parts and by their column time, and writes those of each slice to files in
// `folder`, with finetune.time_slices.replay of the training examples of all slices before it. Throws as read_examples,
// Error(kData) for a time that is none, and Error(kData) for a slice without examples to learn from or to test on.
std::vector<TimeSlice> write_time_slices(const FinetuneConfig& config, const std::filesystem::path& folder);

}  // namespace genre
