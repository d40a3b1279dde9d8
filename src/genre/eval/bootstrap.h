// Percentile bootstrap intervals of means over users (Efron and Tibshirani, 1993), and a paired test between models.
#pragma once

#include <cstdint>
#include <span>

namespace genre {

struct Interval {
  double value;      // the mean
  double low, high;  // 95 %
};

// Mean over the values that are not NaN, with a 95 % interval from `resamples` resamples. NaN everywhere when there is
// no value. Deterministic in the seed; independent of threads.
Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed, int resamples = 1000);

struct Comparison {
  double difference;  // mean of a - b over pairs where both are numbers
  double low, high;   // 95 % bootstrap interval of the difference
  double p;           // two-sided paired randomisation test (Fisher; sign flips)
};
Comparison compare_paired(std::span<const double> a, std::span<const double> b, std::uint64_t seed,
                          int resamples = 1000);

}  // namespace genre
