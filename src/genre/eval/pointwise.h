// Metrics of scores against labels, without a cut-off: how well pairs are told apart, how near predictions come.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "genre/eval/bootstrap.h"
#include "genre/eval/metric_variants.h"

namespace genre {

// Row q holds the scored items of query q with their labels.
struct ScoredPairs {
  std::vector<std::int64_t> offsets = {0};
  std::vector<float> scores, labels;
  std::int64_t queries() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
};

// kAuc      the chance that a positive (label >= 1) has a higher score than a negative, equal scores counting one half,
// over
//           the pairs of all queries together
// kGauc     mean over queries of their own AUC, weighted as the definition says
// kRmse     root of the mean squared difference of score and label;  kMae  mean of the absolute difference
// kLogLoss  mean of -log of the probability that the score gives the label (>= 1 or not), scores held to [1e-7, 1 -
// 1e-7]
enum class PointwiseMetric { kAuc, kGauc, kRmse, kMae, kLogLoss };

// "auc", "gauc", "rmse", "mae", "log_loss"; nothing for other names.
std::optional<PointwiseMetric> parse_pointwise(const std::string& name);

// NaN where it is undefined: no pairs, or for AUC no positive or no negative. NaN scores make the value NaN.
double pointwise(PointwiseMetric metric, const ScoredPairs& pairs, MetricDefinition::GroupWeight weight);

// The same of each query by itself (gauc: the query's AUC).
std::vector<double> pointwise_per_query(PointwiseMetric metric, const ScoredPairs& pairs);

// kAuc or kGauc with the 95 % interval of `resamples` draws of queries, the pairs of a query staying together.
// Deterministic in the seed; independent of threads.
Interval pointwise_interval(PointwiseMetric metric, const ScoredPairs& pairs, MetricDefinition::GroupWeight weight,
                            std::uint64_t seed, int resamples = 1000);

}  // namespace genre
