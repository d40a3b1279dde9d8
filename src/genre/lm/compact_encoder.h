// Encoders with the weights of their layers low-rank or sparse.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace genre {

enum class CompactForm { kLowRank, kTwoFour, kBlocks };

struct CompactOptions {
  CompactForm form = CompactForm::kTwoFour;
  int rank = 0;          // of kLowRank
  double density = 0.5;  // share of the blocks that stays, of kBlocks
};

struct Compaction {
  std::int64_t weights = 0;                                      // matrices that have another form now
  std::int64_t weight_bytes_before = 0, weight_bytes_after = 0;  // of these
  std::int64_t bytes_before = 0, bytes_after = 0;                // of all tensors
  double relative_error = 0;  // root mean square of the change over that of the elements before
};

// Writes a folder like `folder` whose products of layers have compact forms (compact_weight.h); embeddings, norms and
// heads stay. An element counts by its size times the root mean square of its input over the samples; where a product
// has a bias, that takes over the mean of the change. A low-rank form is used where it has fewer elements than the
// matrix. This runtime reads such a folder; transformers does not know the names. The folder appears whole or not at
// all. Throws Error(kConfig) for a rank that saves nothing, a density outside (0, 1], sizes that the form does not fit,
// or an output that exists; Error(kNotFound), Error(kData), Error(kResources).
Compaction compact_encoder(const std::filesystem::path& folder, const CompactOptions& options,
                           std::span<const std::string> samples, const std::filesystem::path& output);

}  // namespace genre
