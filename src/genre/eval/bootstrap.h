// Percentile bootstrap intervals (Efron and Tibshirani, 1993), most of them of means over users, and a paired test
// between models.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace genre {

struct Interval {
  double value;      // the mean, or another statistic
  double low, high;  // 95 %
};

// Mean over the values that are not NaN, with a 95 % interval from `resamples` resamples. NaN everywhere when there is
// no value. Deterministic in the seed; independent of threads.
Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed, int resamples = 1000);

// Writes the statistics of the rows that a list names; a row may come more than once.
using RowStatistics = std::function<void(std::span<const std::uint32_t> rows, std::span<double> values)>;

// `count` statistics of `rows` rows, such as ratios of sums, all from the same resamples; those where a statistic is
// NaN are left out of its interval. `statistics` is called by several threads at once. Deterministic as bootstrap_mean
// is.
std::vector<Interval> bootstrap_statistics(std::uint32_t rows, std::size_t count, const RowStatistics& statistics,
                                           std::uint64_t seed, int resamples = 1000);

struct Comparison {
  double difference;  // mean of a - b over pairs where both are numbers
  double low, high;   // 95 % bootstrap interval of the difference
  double p;           // two-sided paired randomisation test (Fisher; sign flips)
};
Comparison compare_paired(std::span<const double> a, std::span<const double> b, std::uint64_t seed,
                          int resamples = 1000);

}  // namespace genre
