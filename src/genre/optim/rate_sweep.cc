#include "genre/optim/rate_sweep.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace genre {

std::vector<double> smoothed_losses(std::span<const RatePoint> sweep) {
  constexpr double kKeep = 0.9;
  std::vector<double> out;
  double average = 0, weight = 0;
  for (const RatePoint& point : sweep) {
    average = kKeep * average + (1 - kKeep) * point.loss;
    weight = kKeep * weight + (1 - kKeep);
    out.push_back(average / weight);
  }
  return out;
}

SuggestedRate suggest_rate(std::span<const RatePoint> sweep) {
  const std::vector<double> losses = smoothed_losses(sweep);
  const auto lowest = static_cast<std::size_t>(std::ranges::min_element(losses) - losses.begin());
  SuggestedRate out{std::numeric_limits<double>::quiet_NaN(), sweep.empty() ? 0 : sweep[lowest].rate};
  double steepest = 0;
  for (std::size_t i = 1; i < lowest; ++i) {
    const double slope = (losses[i + 1] - losses[i - 1]) / std::log(sweep[i + 1].rate / sweep[i - 1].rate);
    if (slope >= steepest) continue;
    steepest = slope;
    out.rate = sweep[i].rate;
  }
  return out;
}

}  // namespace genre
