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

// By how much wave i of n is stretched.
double ntk_stretch(int i, int n, const RopeScaling& scaling) {
  const double part = static_cast<double>(i + 1) / n;
  return std::pow(scaling.factor, scaling.mixed_exponent ? std::pow(part, *scaling.mixed_exponent) : part);
}

}  // namespace

std::vector<float> rope_frequencies(int head_size, double theta, const RopeScaling& scaling) {
  std::vector<float> out;
  for (int i = 0; i < head_size / 2; ++i) {
    const double plain = std::pow(theta, -2.0 * i / head_size);
    out.push_back(static_cast<float>(scaling.kind == RopeScaling::Kind::kNtk
                                         ? plain / ntk_stretch(i, head_size / 2, scaling)
                                         : stretched(plain, scaling)));
  }
  return out;
}

}  // namespace genre
