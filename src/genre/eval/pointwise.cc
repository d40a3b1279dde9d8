#include "genre/eval/pointwise.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "genre/base/not_a_number.h"

namespace genre {
namespace {

constexpr double kLeastProbability = 1e-7;

// Mann-Whitney: ranks of the positives, ties at their mean rank.
double auc(std::span<const float> scores, std::span<const float> labels) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  if (std::any_of(scores.begin(), scores.end(), [](float score) { return std::isnan(score); })) return kNan;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  double positives = 0, rank_sum = 0;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && scores[order[end]] == scores[order[begin]]) ++end;
    const double mean_rank = static_cast<double>(begin + 1 + end) / 2;
    for (std::size_t i = begin; i < end; ++i) {
      if (!(labels[order[i]] >= 1)) continue;
      ++positives;
      rank_sum += mean_rank;
    }
  }
  const double negatives = static_cast<double>(scores.size()) - positives;
  if (positives == 0 || negatives == 0) return kNan;
  return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
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
  const auto values = pointwise_per_query(metric, pairs);
  double sum = 0, weights = 0;
  for (std::int64_t q = 0; q < pairs.queries(); ++q) {
    if (std::isnan(values[q])) continue;
    const auto begin = pairs.labels.begin() + pairs.offsets[q], end = pairs.labels.begin() + pairs.offsets[q + 1];
    const double own = weight == MetricDefinition::GroupWeight::kOne
                           ? 1
                           : static_cast<double>(std::count_if(begin, end, [](float label) { return label >= 1; }));
    sum += own * values[q];
    weights += own;
  }
  return weights > 0 ? sum / weights : kNan;
}

}  // namespace genre
