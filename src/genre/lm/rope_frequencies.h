// Frequencies of rotary position embedding, and how models stretch them to longer texts.
#pragma once

#include <optional>
#include <vector>

namespace genre {

struct RopeScaling {
  enum class Kind { kNone, kLinear, kLlama3, kNtk };
  Kind kind = Kind::kNone;
  double factor = 1;
  // kLlama3: waves longer than original_positions / low_factor are stretched whole, those shorter than
  // original_positions / high_factor not at all, those between in part.
  double low_factor = 1, high_factor = 4, original_positions = 8192;
  // kNtk: the slowest waves are stretched by the factor and the fastest hardly, those between by a power law; with an
  // exponent b, wave i of n by factor^((i / n)^b). Source: Su, "Transformer upgrade 10 and 11" (kexue.fm 9675, 9706).
  std::optional<double> mixed_exponent;
};

// theta^(-2 i / head_size) for i in [0, head_size / 2), scaled.
std::vector<float> rope_frequencies(int head_size, double theta, const RopeScaling& scaling);

}  // namespace genre
