// Batches of examples of like length, so that little is padded.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace genre {

// The batches of one epoch: every index of `lengths` once, in batches of `batch` (the last may be smaller), in an order
// that depends on seed and epoch alone. Examples are shuffled, windows of 32 batches are sorted by length and cut, and
// the batches are shuffled.
std::vector<std::vector<std::int64_t>> length_batches(std::span<const std::int32_t> lengths, int batch,
                                                      std::uint64_t seed, std::int64_t epoch);

// The same without chance, by length alone: for evaluation.
std::vector<std::vector<std::int64_t>> sorted_batches(std::span<const std::int32_t> lengths, int batch);

}  // namespace genre
