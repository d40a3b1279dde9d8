// Ranking metrics as other programs define them, so that their figures can be compared with ours. metrics.h is the
// house definition and the fast one; this is any definition, one ranking at a time. Which program uses what:
// docs/evaluation.md; tests/golden/make_compatible_golden.py has their own answers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "genre/eval/metrics.h"

namespace genre {

struct MetricDefinition {
  enum class Ideal { kReachable, kAllRelevant, kCutOff };      // NDCG: hits in a row up to min(k, |R|), |R|, or k
  enum class Gain { kBinary, kLinear, kExponential };          // NDCG: 1, g, or 2^g - 1 of a relevance g
  enum class RecallOver { kRelevant, kReachable };             // hits over |R|, or over min(k, |R|)
  enum class PrecisionOver { kCutOff, kListLength };           // hits over k, or over the items listed up to k
  enum class MapOver { kReachable, kRelevant };                // sum of precisions over min(k, |R|), or over |R|
  enum class ReciprocalRank { kFirstHit, kMeanOverRelevant };  // 1 / rank of the first, or mean of 1 / rank over R
  enum class GroupWeight { kPositives, kOne };                 // weight of a query in GAUC
  enum class MissingList { kZero, kLeftOut };                  // a query with relevant items and without a list
  enum class Ties { kRankThenItem, kItemDescending };          // order of equal scores in a file
  std::string id = kMetricDefinition;
  Ideal ideal = Ideal::kReachable;
  Gain gain = Gain::kBinary;
  RecallOver recall = RecallOver::kRelevant;
  PrecisionOver precision = PrecisionOver::kCutOff;
  MapOver map = MapOver::kReachable;
  ReciprocalRank reciprocal_rank = ReciprocalRank::kFirstHit;
  GroupWeight group = GroupWeight::kPositives;
  MissingList missing = MissingList::kZero;
  Ties ties = Ties::kRankThenItem;
};

// "genre", "trec_eval", "recbole", "rectools", "liang", "polimi", "mind", "elliot". Throws Error(kUsage) with the
// nearest.
MetricDefinition metric_definition(const std::string& name);
std::vector<std::string> metric_definition_names();

// One value a query, NaN where the query has no relevant item, or no list and the definition leaves it out.
// `relevances` are aligned with judgements.items, all above 0; empty: all 1.
std::vector<double> per_query(const MetricDefinition& definition, const Metric& metric, const Rankings& rankings,
                              const Judgements& judgements, std::span<const float> relevances);

}  // namespace genre
