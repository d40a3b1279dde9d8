// The order in which users met their items.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

// The interactions of TrainingData, each user's oldest first, by times or else by their order; equal ones, and all
// where nobody knows either, in the order of item ids.
struct Sequences {
  std::vector<std::int64_t> offsets = {0};  // U + 1
  std::vector<std::int32_t> items;          // N
  std::vector<std::int64_t> times;          // N, ascending inside a user, milliseconds UTC; or empty

  std::int64_t users() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::span<const std::int32_t> of(std::int64_t user) const {
    return {items.data() + offsets[user], static_cast<std::size_t>(offsets[user + 1] - offsets[user])};
  }
};

// Memory: 4 N bytes, 12 N with times. Throws Error(kData) as require_aligned_times does.
Sequences time_ordered(const TrainingData& data);

// Throws Error(kData) when there are times, or numbers of an order, but not one for each interaction.
void require_aligned_times(const TrainingData& data);

}  // namespace genre
