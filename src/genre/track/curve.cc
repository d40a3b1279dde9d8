#include "genre/track/curve.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "genre/base/not_a_number.h"

namespace genre {

Curve thin(std::span<const std::int64_t> steps, std::span<const double> values, std::size_t most) {
  assert(steps.size() == values.size() && most > 0);
  Curve out;
  const std::size_t size = std::max<std::size_t>(1, (values.size() + most - 1) / most);
  out.steps_a_point = static_cast<std::int64_t>(size);
  for (std::size_t first = 0; first < values.size(); first += size) {
    const std::size_t end = std::min(values.size(), first + size);
    double sum = 0, low = kNan, high = kNan;
    int count = 0;
    for (std::size_t i = first; i < end; ++i) {
      if (!std::isfinite(values[i])) continue;
      sum += values[i];
      low = count == 0 ? values[i] : std::min(low, values[i]);
      high = count == 0 ? values[i] : std::max(high, values[i]);
      ++count;
    }
    out.x.push_back(static_cast<double>(steps[first] + steps[end - 1]) / 2);
    out.y.push_back({count == 0 ? kNan : std::clamp(sum / count, low, high), low, high});
  }
  return out;
}

std::vector<double> smooth(std::span<const double> values, double length) {
  const double keep = std::exp(-1 / length);
  double sum = 0, weight = 0;
  std::vector<double> out;
  out.reserve(values.size());
  for (const double value : values) {
    if (std::isfinite(value)) {
      sum = keep * sum + (1 - keep) * value;
      weight = keep * weight + (1 - keep);
    }
    out.push_back(weight > 0 ? sum / weight : std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

}  // namespace genre
