// What repeated runs say together.
#pragma once

#include <span>

namespace genre {

struct MeanInterval {
  double mean = 0, low = 0, high = 0;  // NaN ends for fewer than two values
};

// The mean and its 95 % interval by Student's t. Folds of one cross-validation share training examples, so that theirs
// is somewhat too narrow (Bengio and Grandvalet 2004).
MeanInterval mean_interval(std::span<const double> values);

}  // namespace genre
