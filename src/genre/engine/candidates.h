// What is ranked for each query of an evaluation: the whole catalogue, its cold items, or a sample.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/linalg/csr.h"

namespace genre {

// "sampled:100" -> 100 negatives a user; "sampled_popular:100" draws them in proportion to training interactions.
struct SampledProtocol {
  int negatives = 0;
  bool by_popularity = false;
};
// Nothing for "all" and "cold". Throws Error(kConfig) for anything else that is no sampled protocol.
std::optional<SampledProtocol> parse_candidates(const std::string& text);

// Row q: distinct items that query q is offered beside its relevant ones, ascending.
struct Negatives {
  std::vector<std::int64_t> offsets = {0};
  std::vector<std::int32_t> items;
  std::span<const std::int32_t> of(std::int64_t q) const {
    return {items.data() + offsets[q], static_cast<std::size_t>(offsets[q + 1] - offsets[q])};
  }
};

// For each of `users`, items that the user has touched in no part (`touched`, U x I), without replacement; all of them
// where there are fewer than asked for. Deterministic in seed and user, whatever the other users are.
Negatives sample_negatives(const SampledProtocol& protocol, std::span<const std::int32_t> users,
                           const CsrMatrix& touched, std::span<const double> popularity, std::uint64_t seed);

// One line a user: external id, tab, external item ids joined by tabs. Reading wants a line for each of `users` and
// ignores others; throws Error(kData) with file and line for unknown ids and Error(kNotFound).
void write_negatives(const std::filesystem::path& path, const Negatives& negatives, std::span<const std::int32_t> users,
                     const Dataset& dataset);
Negatives read_negatives(const std::filesystem::path& path, std::span<const std::int32_t> users,
                         const Dataset& dataset);

}  // namespace genre
