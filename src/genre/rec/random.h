// Random lists: the floor that every other model has to beat, and a smoke test of the whole chain.
#pragma once

#include "genre/rec/recommender.h"

namespace genre {

struct RandomOptions : RecommenderOptions {
  std::string_view name() const override { return "random"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& /*size*/) const override { return 64; }
};

// Scores in [0, 1) from a hash of the seed, the user (or the history of a stranger) and the item: the same question has
// the same answer, on every machine.
class RandomRecommender : public Recommender {
 public:
  std::string_view name() const override { return "random"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query&) const override { return false; }
  std::int64_t items() const override { return state_.empty() ? 0 : state_[1]; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  std::vector<std::int64_t> state_;  // seed, items
};

}  // namespace genre
