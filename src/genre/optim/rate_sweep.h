// Which learning rate a sweep over rising rates suggests.
#pragma once

#include <span>
#include <vector>

namespace genre {

struct RatePoint {
  double rate = 0, loss = 0;
};

struct SuggestedRate {
  double rate = 0;    // where the smoothed loss falls fastest, by the logarithm of the rate, before it is smallest
  double lowest = 0;  // where it is smallest; a training at this rate is about to diverge
};

// Of rising rates, at least 3; losses are smoothed here. Source: Smith, "Cyclical Learning Rates for Training Neural
// Networks" (2017). NaN where the loss never falls.
SuggestedRate suggest_rate(std::span<const RatePoint> sweep);

// The exponential average of losses[0..i], without its pull towards zero, at every i.
std::vector<double> smoothed_losses(std::span<const RatePoint> sweep);

}  // namespace genre
