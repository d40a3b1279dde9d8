#include "genre/eval/bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <string_view>
#include <vector>

#include "genre/base/not_a_number.h"
#include "genre/base/random.h"
#include "genre/base/thread_pool.h"

namespace genre {
namespace {

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Every resample has a stream of its own, so that threads cannot change a result.
RandomStream resample_stream(std::uint64_t seed, std::string_view purpose, std::size_t resample) {
  return {seed + 0x9e3779b97f4a7c15ULL * (resample + 1), purpose};
}

template <class Draw>
std::vector<double> resampled(int resamples, std::uint64_t seed, std::string_view purpose, const Draw& draw) {
  std::vector<double> out(resamples);
  global_pool().parallel_for(out.size(), 32, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t r = begin; r < end; ++r) {
      RandomStream random = resample_stream(seed, purpose, r);
      out[r] = draw(random);
    }
  });
  return out;
}

// Linear interpolation between the two nearest order statistics.
double quantile(std::span<const double> sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval interval_of(std::span<const double> numbers, std::uint64_t seed, int resamples) {
  assert(resamples > 0);
  if (numbers.empty()) return {kNan, kNan, kNan};
  auto means = resampled(resamples, seed, "bootstrap", [&](RandomStream& random) {
    double sum = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) sum += numbers[random.below(numbers.size())];
    return sum / static_cast<double>(numbers.size());
  });
  std::sort(means.begin(), means.end());
  return {mean_of(numbers), quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace

Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed, int resamples) {
  std::vector<double> numbers;
  numbers.reserve(values.size());
  for (const double value : values)
    if (!std::isnan(value)) numbers.push_back(value);
  return interval_of(numbers, seed, resamples);
}

std::vector<Interval> bootstrap_statistics(std::uint32_t rows, std::size_t count, const RowStatistics& statistics,
                                           std::uint64_t seed, int resamples) {
  assert(resamples > 0);
  std::vector<Interval> out(count, {kNan, kNan, kNan});
  if (rows == 0) return out;
  std::vector<std::uint32_t> all(rows);
  std::iota(all.begin(), all.end(), 0u);
  std::vector<double> values(count);
  statistics(all, values);
  const auto draws = static_cast<std::size_t>(resamples);
  std::vector<double> drawn(draws * count);
  global_pool().parallel_for(draws, 8, [&](std::size_t begin, std::size_t end, int) {
    std::vector<std::uint32_t> sample(rows);
    for (std::size_t r = begin; r < end; ++r) {
      RandomStream random = resample_stream(seed, "bootstrap", r);
      for (auto& row : sample) row = static_cast<std::uint32_t>(random.below(rows));
      statistics(sample, {drawn.data() + r * count, count});
    }
  });
  for (std::size_t s = 0; s < count; ++s) {
    std::vector<double> numbers;
    for (std::size_t r = 0; r < draws; ++r)
      if (!std::isnan(drawn[r * count + s])) numbers.push_back(drawn[r * count + s]);
    std::sort(numbers.begin(), numbers.end());
    out[s].value = values[s];
    if (numbers.empty() || std::isnan(values[s])) continue;
    out[s].low = quantile(numbers, 0.025);
    out[s].high = quantile(numbers, 0.975);
  }
  return out;
}

Comparison compare_paired(std::span<const double> a, std::span<const double> b, std::uint64_t seed, int resamples) {
  assert(a.size() == b.size());
  std::vector<double> differences;
  differences.reserve(a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!std::isnan(a[i]) && !std::isnan(b[i])) differences.push_back(a[i] - b[i]);
  if (differences.empty()) return {kNan, kNan, kNan, kNan};
  const Interval interval = interval_of(differences, seed, resamples);
  const auto flipped = resampled(resamples, seed, "sign flips", [&](RandomStream& random) {
    double sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < differences.size(); ++i, bits >>= 1) {
      if (i % 64 == 0) bits = random.next();
      sum += (bits & 1) != 0 ? differences[i] : -differences[i];
    }
    return sum / static_cast<double>(differences.size());
  });
  // The observed order of signs is one of the flips; the slack lets equal means be equal whatever their rounding.
  const double observed = std::abs(interval.value) * (1 - 1e-12);
  const auto extreme =
      std::count_if(flipped.begin(), flipped.end(), [&](double mean) { return std::abs(mean) >= observed; });
  return {interval.value, interval.low, interval.high,
          (static_cast<double>(extreme) + 1) / (static_cast<double>(resamples) + 1)};
}

}  // namespace genre
