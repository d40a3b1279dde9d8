// Ranks the catalogue for every user with test interactions and measures the lists.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/engine/candidates.h"
#include "genre/engine/config.h"
#include "genre/engine/list_quality.h"
#include "genre/engine/user_groups.h"
#include "genre/engine/user_histories.h"
#include "genre/eval/beyond_accuracy.h"
#include "genre/eval/bootstrap.h"
#include "genre/eval/metrics.h"
#include "genre/rec/recommender.h"

namespace genre {

struct SliceResult {
  std::int64_t users = 0;                   // with at least one relevant item in the slice
  std::map<std::string, Interval> metrics;  // "ndcg@10" -> mean and 95 % interval
};

// One metric over the repetitions of an evaluation, see repeated_evaluation.h. NaN where undefined.
struct Repeated {
  std::vector<double> values;  // one a repetition
  double mean = 0;
  double deviation = 0;  // sample standard deviation
};

struct ModelResult {
  std::string model;  // label
  std::int64_t users = 0;
  std::int64_t fallback_users = 0;  // whose list is popularity's, in whole or at its end, as the service would answer
  std::map<std::string, Interval> metrics;
  std::map<std::string, double>
      expected_under_ties;  // means over all orders of tied scores, where ties reach past a list
  // warm and cold_item: relevant items with and without training interactions; short_history and longer_history: users;
  // history_0_5, history_6_20, history_21_50, history_51_up: users by positive interactions before the test part;
  // item_0_5, item_6_20, item_21_100, item_101_up: relevant items by training interactions.
  std::map<std::string, SliceResult> slices;
  BeyondAccuracy beyond;                     // at the largest cut-off
  ListQuality lists;                         // the same
  std::vector<UserGroupResult> user_groups;  // one a field of evaluate.user_groups
  double fit_seconds = 0;
  double seconds = 0;                                   // of ranking
  std::map<std::string, std::vector<double>> per_user;  // metric -> one value a query, NaN where undefined
  std::map<std::string, Repeated> repeated;             // of repeated evaluations
  Rankings rankings;
};

struct MetricComparison {
  std::string metric, a, b;
  Comparison result;
  double p_holm = 1;  // Holm-corrected over all pairs of one metric
};

struct EvaluationResult {
  std::vector<std::int32_t> users;  // internal id of each query
  Judgements judgements;
  std::vector<std::string> metrics;  // as configured; the first one leads tables and comparisons
  std::string split, candidates, history;
  std::vector<std::string> warnings;
  bool seen_excluded = true;
  std::vector<ModelResult> models;
  std::vector<MetricComparison> comparisons;  // every pair, on the first metric
  std::vector<std::string> repetitions;       // "fold 0", ...; empty where nothing was repeated
};

// Every pair on one metric, by `per_user`.
std::vector<MetricComparison> compare_models(std::span<const ModelResult> models, const std::string& metric,
                                             std::uint64_t seed, int resamples);

// The queries of a dataset's test part: users with at least one positive test interaction on a candidate; their history
// is what they liked before, oldest first; all that they did before is left out of the ranking.
class Evaluation {
 public:
  // Dataset and views of `side` must outlive it. Throws Error(kConfig) for a metric, field or protocol that there is
  // nothing for, and Error(kData) where no user has a test interaction.
  Evaluation(const Dataset& dataset, const EvaluateOptions& options, std::uint64_t seed,
             const SimilaritySources& side = {});

  // Ranks in blocks of users on the global pool. Memory: one row of scores a thread and user of a block, never U x I.
  ModelResult run(const Recommender& model, const std::string& label) const;

  // Puts the results together and compares every pair.
  EvaluationResult finish(std::vector<ModelResult> models) const;

  std::int64_t queries() const { return static_cast<std::int64_t>(users_.size()); }
  std::span<const std::int32_t> users() const { return users_; }
  const std::optional<Negatives>& negatives() const { return negatives_; }  // of a sampled protocol

 private:
  std::span<const std::int32_t> history(std::int64_t q) const;
  Query query(std::int64_t q) const;
  void mask(std::int64_t q, std::span<float> scores) const;
  bool fill_by_popularity(std::int64_t q, std::vector<ScoredIndex>& list, std::span<float> scores) const;
  Rankings popular_lists() const;

  struct Slice {
    std::string name;
    Judgements judgements;
  };
  const Dataset& dataset_;
  EvaluateOptions options_;
  std::uint64_t seed_;
  std::vector<Metric> metrics_;
  std::vector<std::string> event_metrics_;  // event_metrics.h
  unsigned history_parts_;
  int cutoff_;
  std::vector<std::int32_t> users_;
  UserHistories histories_;                          // of all users, as far as they are known
  std::vector<std::int64_t> history_offsets_ = {0};  // Q + 1
  std::vector<std::int32_t> history_;                // what they liked
  bool by_words_ = false;               // somebody says the text of the newest item, and nothing else is known
  ConstMatrixView vectors_;             // I x D: of what is said, or empty
  std::span<const std::string> texts_;  // I: of items, or empty
  CsrMatrix seen_;
  std::optional<Negatives> negatives_;
  std::vector<std::uint8_t> candidates_;  // I flags, empty: all
  std::vector<double> popularity_;        // training interactions of each item
  Judgements judgements_;
  std::vector<Slice> slices_;
  std::optional<ListQualityMeter> meter_;
  Rankings popular_;  // what popularity shows each query; items without interactions are in no list
  std::vector<FieldGroups> user_groups_;
};

}  // namespace genre
