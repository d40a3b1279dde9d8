// Frequencies of rotary position embedding, and how models stretch them to longer texts.
#pragma once

#include <vector>

namespace genre {

struct RopeScaling {
  enum class Kind { kNone, kLinear, kLlama3 };
  Kind kind = Kind::kNone;
  double factor = 1;
  // kLlama3: waves longer than original_positions / low_factor are stretched whole, those shorter than
  // original_positions / high_factor not at all, those between in part.
  double low_factor = 1, high_factor = 4, original_positions = 8192;
};

// theta^(-2 i / head_size) for i in [0, head_size / 2), scaled.
std::vector<float> rope_frequencies(int head_size, double theta, const RopeScaling& scaling);

}  // namespace genre
