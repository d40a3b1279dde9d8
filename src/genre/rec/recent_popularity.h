// Popularity that forgets: what is popular now. Source: Ji, Sun, Zhang and Li, "A re-visit of the popularity baseline
// in recommender systems", SIGIR 2020 (popularity at the time of the list; the decay is the usual exponential one).
#pragma once

#include "genre/rec/recommender.h"

namespace genre {

struct RecentPopularityOptions : RecommenderOptions {
  double half_life_days = 30;
  double window_days = 0;  // 0: no end
  bool weighted = false;
  std::string_view name() const override { return "recent_popularity"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override { return 12 * size.items + 8; }
};

// Score: the sum over the item's interactions of x 2^(-age / half-life), where age counts back from the newest
// interaction of all, x is 1, or the value where `weighted`. Interactions older than the window do not count. Without
// times every age is 0: the scores are those of popularity. Memory: 4 I bytes.
class RecentPopularity : public Recommender, public UpdatesIncrementally {
 public:
  explicit RecentPopularity(RecentPopularityOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "recent_popularity"; }
  void fit(const TrainingData& data) override;
  void update(const TrainingData& before, const TrainingData& more) override;  // with a window: counts all again
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query&) const override { return false; }
  std::int64_t items() const override { return static_cast<std::int64_t>(popularity_.size()); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  // Adds the interactions as they count at `newest`.
  void add(const TrainingData& data, std::int64_t newest, std::vector<double>& sums) const;

  RecentPopularityOptions options_;
  std::vector<float> popularity_;           // I
  std::vector<std::int64_t> newest_ = {0};  // milliseconds UTC of the newest interaction
};

}  // namespace genre
