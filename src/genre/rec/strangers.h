// What models that remember a vector of each user of training do for somebody else.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

// The mean (D) of the rows that are not all zeros; zeros without any.
std::vector<float> mean_row(const Matrix& rows);

// Takes `steps` steps of Adam of the size `rate` with a vector (D), down the loss whose gradient is filled in. One
// thread.
using VectorGradient = std::function<void(std::span<const float> vector, std::span<float> gradient)>;
void descend(std::span<float> vector, int steps, double rate, const VectorGradient& fill_gradient);

}  // namespace genre
