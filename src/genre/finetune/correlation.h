// Correlation of two series.
#pragma once

#include <span>

namespace genre {

// Of equally many numbers; NaN where one series is constant or there are fewer than two.
double pearson(std::span<const double> a, std::span<const double> b);
// Pearson's of the ranks; equal numbers share the mean of their ranks.
double spearman(std::span<const double> a, std::span<const double> b);

}  // namespace genre
