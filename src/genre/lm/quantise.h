// Writes a language model with its matrices in blocks of few bits, and measures what that changes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "genre/base/gguf.h"

namespace genre {

// Tensors of one kind in all layers: "attn_q.weight", "token_embd.weight".
struct QuantisedKind {
  std::string kind;
  std::string format_before, format_after;  // several joined by "+"
  std::int64_t tensors = 0, parameters = 0, bytes_before = 0, bytes_after = 0;
  double relative_error = 0;  // root mean square of the change over that of the elements before
};

struct Quantisation {
  std::string architecture;
  std::vector<QuantisedKind> kinds;                // in order of their names
  std::int64_t bytes_before = 0, bytes_after = 0;  // of tensors
  double relative_error = 0;                       // over all elements that changed their format
};

// From a folder or GGUF file to a GGUF file. Matrices of layers take `format`; the embedding and the head take Q8_0
// where `format` has fewer bits, since both are one table in small models; rows that are not whole blocks of 256 take
// Q4_1 in place of Q4_K and Q8_0 in place of Q6_K, and stay as they are without whole blocks of 32. Vectors, norms and
// position tables stay floats. Uses the global pool; `done` hears of every tensor. Throws Error(kNotFound),
// Error(kResources), or Error(kData), also for elements whose scale is beyond half precision.
Quantisation quantise_model(const std::filesystem::path& input, BlockFormat format, const std::filesystem::path& output,
                            const std::function<void(std::int64_t tensors)>& done = {});

}  // namespace genre
