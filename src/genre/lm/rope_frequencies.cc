#include "genre/lm/rope_frequencies.h"

#include <cmath>

namespace genre {
namespace {

double stretched(double frequency, const RopeScaling& scaling) {
  if (scaling.kind == RopeScaling::Kind::kNone) return frequency;
  const double slow = frequency / scaling.factor;
  if (scaling.kind == RopeScaling::Kind::kLinear) return slow;
  const double waves = scaling.original_positions * frequency / (2 * M_PI);  // within the original length
  if (waves < scaling.low_factor) return slow;
  if (waves > scaling.high_factor) return frequency;
  const double part = (waves - scaling.low_factor) / (scaling.high_factor - scaling.low_factor);
  return (1 - part) * slow + part * frequency;
}

}  // namespace

std::vector<float> rope_frequencies(int head_size, double theta, const RopeScaling& scaling) {
  std::vector<float> out;
  for (int i = 0; i < head_size / 2; ++i)
    out.push_back(static_cast<float>(stretched(std::pow(theta, -2.0 * i / head_size), scaling)));
  return out;
}

}  // namespace genre
