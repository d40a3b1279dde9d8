#include "genre/eval/pointwise.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/base/not_a_number.h"

namespace genre {
namespace {

constexpr double kLeastProbability = 1e-7;

// Pairs by ascending score, so that the AUC of any draw of queries is one pass over them.
class SortedPairs {
 public:
  void add(std::uint32_t query, std::span<const float> scores, std::span<const float> labels) {
    for (std::size_t n = 0; n < scores.size(); ++n) {
      undefined_ = undefined_ || std::isnan(scores[n]);
      entries_.push_back({scores[n], query, labels[n] >= 1});
    }
  }

  void sort() {
    if (undefined_) return;
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.score < b.score; });
  }

  // Query q counts times[q] times.
  double area(std::span<const std::uint32_t> times) const {
    if (undefined_) return kNan;
    double won = 0, positives = 0, negatives = 0;
    for (std::size_t begin = 0, end = 0; begin < entries_.size(); begin = end) {
      double level_positives = 0, level_negatives = 0;
      for (; end < entries_.size() && entries_[end].score == entries_[begin].score; ++end)
        (entries_[end].positive ? level_positives : level_negatives) += times[entries_[end].query];
      won += level_positives * (negatives + level_negatives / 2);
      positives += level_positives;
      negatives += level_negatives;
    }
    return positives == 0 || negatives == 0 ? kNan : won / (positives * negatives);
  }

 private:
  struct Entry {
    float score;
    std::uint32_t query;
    bool positive;
  };
  std::vector<Entry> entries_;
  bool undefined_ = false;
};

double auc(std::span<const float> scores, std::span<const float> labels) {
  SortedPairs pairs;
  pairs.add(0, scores, labels);
  pairs.sort();
  const std::uint32_t once[] = {1};
  return pairs.area(once);
}

double mean_error(PointwiseMetric metric, std::span<const float> scores, std::span<const float> labels) {
  if (scores.empty()) return kNan;
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double difference = static_cast<double>(scores[i]) - labels[i];
    if (metric == PointwiseMetric::kRmse) sum += difference * difference;
    if (metric == PointwiseMetric::kMae) sum += std::abs(difference);
    if (metric == PointwiseMetric::kLogLoss) {
      const double p = std::clamp(static_cast<double>(scores[i]), kLeastProbability, 1 - kLeastProbability);
      sum -= labels[i] >= 1 ? std::log(p) : std::log1p(-p);
      if (std::isnan(scores[i])) sum = kNan;
    }
  }
  const double mean = sum / static_cast<double>(scores.size());
  return metric == PointwiseMetric::kRmse ? std::sqrt(mean) : mean;
}

double value_of(PointwiseMetric metric, std::span<const float> scores, std::span<const float> labels) {
  return metric == PointwiseMetric::kAuc || metric == PointwiseMetric::kGauc ? auc(scores, labels)
                                                                             : mean_error(metric, scores, labels);
}

// AUC of each query, and what it weighs in GAUC.
struct GroupAreas {
  std::vector<double> values, weights;
  GroupAreas(const ScoredPairs& pairs, MetricDefinition::GroupWeight weight)
      : values(pointwise_per_query(PointwiseMetric::kGauc, pairs)), weights(values.size(), 1.0) {
    if (weight == MetricDefinition::GroupWeight::kOne) return;
    for (std::size_t q = 0; q < values.size(); ++q)
      weights[q] = static_cast<double>(std::count_if(pairs.labels.begin() + pairs.offsets[q],
                                                     pairs.labels.begin() + pairs.offsets[q + 1],
                                                     [](float label) { return label >= 1; }));
  }
  void add(std::size_t q, double& sum, double& of_weights) const {
    if (std::isnan(values[q])) return;
    sum += weights[q] * values[q];
    of_weights += weights[q];
  }
};

}  // namespace

std::optional<PointwiseMetric> parse_pointwise(const std::string& name) {
  if (name == "auc") return PointwiseMetric::kAuc;
  if (name == "gauc") return PointwiseMetric::kGauc;
  if (name == "rmse") return PointwiseMetric::kRmse;
  if (name == "mae") return PointwiseMetric::kMae;
  if (name == "log_loss") return PointwiseMetric::kLogLoss;
  return std::nullopt;
}

std::vector<double> pointwise_per_query(PointwiseMetric metric, const ScoredPairs& pairs) {
  std::vector<double> out;
  out.reserve(pairs.queries());
  for (std::int64_t q = 0; q < pairs.queries(); ++q) {
    const auto begin = static_cast<std::size_t>(pairs.offsets[q]);
    const auto count = static_cast<std::size_t>(pairs.offsets[q + 1]) - begin;
    out.push_back(
        value_of(metric, std::span(pairs.scores).subspan(begin, count), std::span(pairs.labels).subspan(begin, count)));
  }
  return out;
}

double pointwise(PointwiseMetric metric, const ScoredPairs& pairs, MetricDefinition::GroupWeight weight) {
  if (metric != PointwiseMetric::kGauc) return value_of(metric, pairs.scores, pairs.labels);
  const GroupAreas groups(pairs, weight);
  double sum = 0, weights = 0;
  for (std::size_t q = 0; q < groups.values.size(); ++q) groups.add(q, sum, weights);
  return weights > 0 ? sum / weights : kNan;
}

Interval pointwise_interval(PointwiseMetric metric, const ScoredPairs& pairs, MetricDefinition::GroupWeight weight,
                            std::uint64_t seed, int resamples) {
  assert(metric == PointwiseMetric::kAuc || metric == PointwiseMetric::kGauc);
  const auto queries = static_cast<std::uint32_t>(pairs.queries());
  if (metric == PointwiseMetric::kGauc) {
    const GroupAreas groups(pairs, weight);
    const auto mean = [&](std::span<const std::uint32_t> drawn, std::span<double> value) {
      double sum = 0, weights = 0;
      for (const std::uint32_t q : drawn) groups.add(q, sum, weights);
      value[0] = weights > 0 ? sum / weights : kNan;
    };
    return bootstrap_statistics(queries, 1, mean, seed, resamples)[0];
  }
  SortedPairs sorted;
  for (std::uint32_t q = 0; q < queries; ++q) {
    const auto begin = static_cast<std::size_t>(pairs.offsets[q]), end = static_cast<std::size_t>(pairs.offsets[q + 1]);
    sorted.add(q, std::span(pairs.scores).subspan(begin, end - begin),
               std::span(pairs.labels).subspan(begin, end - begin));
  }
  sorted.sort();
  const auto area = [&](std::span<const std::uint32_t> drawn, std::span<double> value) {
    std::vector<std::uint32_t> times(queries);
    for (const std::uint32_t q : drawn) ++times[q];
    value[0] = sorted.area(times);
  };
  return bootstrap_statistics(queries, 1, area, seed, resamples)[0];
}

}  // namespace genre
