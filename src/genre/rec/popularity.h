// The most popular items for everybody: the baseline that a personal list must beat, and what a service falls back to.
#pragma once

#include "genre/rec/recommender.h"

namespace genre {

struct PopularityOptions : RecommenderOptions {
  bool weighted = false;
  std::string_view name() const override { return "popularity"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override { return 12 * size.items; }
};

// Score: the number of training interactions of the item, or the sum of their values.
class Popularity : public Recommender, public UpdatesIncrementally {
 public:
  explicit Popularity(PopularityOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "popularity"; }
  void fit(const TrainingData& data) override;
  void update(const TrainingData& before, const TrainingData& more) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query&) const override { return false; }
  std::int64_t items() const override { return static_cast<std::int64_t>(popularity_.size()); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  PopularityOptions options_;
  std::vector<float> popularity_;  // I
};

}  // namespace genre
