// How much an item of a history counts by its age.
#pragma once

#include <cmath>

#include "genre/rec/recommender.h"

namespace genre {

// value(position) * decay^age, where the newest item of the history has age 0 and 0^0 is 1.
inline float decayed_value(const Query& query, std::size_t position, double decay) {
  const double value = query.history_values.empty() ? 1.0 : query.history_values[position];
  return static_cast<float>(value * std::pow(decay, static_cast<double>(query.history.size() - 1 - position)));
}

}  // namespace genre
