// Slope One: how much better than that do people like this? Source: Lemire and Maclachlan, "Slope one predictors for
// online rating-based collaborative filtering", SDM 2005, the weighted scheme.
#pragma once

#include <algorithm>
#include <vector>

#include "genre/rec/rated_histories.h"
#include "genre/rec/recommender.h"

namespace genre {

struct SlopeOneOptions : RecommenderOptions {
  int min_support = 1;
  std::string_view name() const override { return "slope_one"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 24 * size.items * std::min(size.items, size.interactions) + 24 * size.interactions + 128 * size.items +
           8 * size.users + 64;
  }
};

// Rating of user u for item j = sum over i rated by u, i not j, of (r_ui + d(j, i)) n(j, i) / sum of n(j, i), where
// n(j, i) is the number of users who rated both and d(j, i) the mean of r_j - r_i over them. Pairs of fewer than
// `min_support` users are dropped. Where no pair is left, the mean rating of j, or of all where j has none. A
// stranger's history counts as rated RatingScale::liked. Memory: 12 bytes for each ordered pair of items that somebody
// rated both, at most 12 I^2, and 8 N for the ratings of known users; pairs twice while fitting.
class SlopeOne : public Recommender, public PredictsRatings, public UpdatesIncrementally {
 public:
  explicit SlopeOne(SlopeOneOptions options) : options_(options) {}
  std::string_view name() const override { return "slope_one"; }
  void fit(const TrainingData& data) override;
  // Throws Error(kData) also where min_support is above 1: dropped pairs are forgotten.
  void update(const TrainingData& before, const TrainingData& more) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  bool remembers_users() const override { return true; }
  std::int64_t items() const override { return differences_.rows; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::pair<float, float> rating_range() const override {
    return {histories_.scale().lowest, histories_.scale().highest};
  }

 private:
  void learn_scale(const CsrMatrix& ratings, const CsrMatrix& interactions);

  SlopeOneOptions options_;
  RatedHistories histories_;
  CsrMatrix differences_;      // I x I: row i holds d(j, i)
  std::vector<float> counts_;  // n(j, i), aligned with differences_
  std::vector<float> item_means_;
};

}  // namespace genre
