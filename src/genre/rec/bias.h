// Baseline estimates: how generous a user is and how well liked an item. Source: Koren, "Factor in the neighbors:
// scalable and accurate collaborative filtering", TKDD 2010, section 2.1.
#pragma once

#include "genre/rec/rated_histories.h"
#include "genre/rec/recommender.h"

namespace genre {

struct BiasOptions : RecommenderOptions {
  double l2 = 3;
  int iterations = 20;
  std::string_view name() const override { return "bias"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 16 * size.interactions + 32 * (size.items + size.users) + 64;
  }
};

// Rating of user u for item i = mu + b_u + b_i, mu the mean rating, and the biases the minimum of
//   sum over ratings of (r_ui - mu - b_u - b_i)^2 + l2 (|b_users|^2 + |b_items|^2)
// by alternating closed updates (all items, then all users), `iterations` times or until nothing moves by 1e-7 of the
// rating range. A stranger's b_u is the same closed form over the history, rated as RatingScale::liked; users without a
// rating have 0. Everybody gets the same order of items; only the ratings differ. Memory: 4 (U + I) bytes; while
// fitting the ratings once more, by item.
class Bias : public Recommender, public PredictsRatings {
 public:
  explicit Bias(BiasOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "bias"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query&) const override { return false; }
  bool remembers_users() const override { return true; }
  std::int64_t items() const override { return static_cast<std::int64_t>(item_bias_.size()); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::pair<float, float> rating_range() const override { return {scale_.lowest, scale_.highest}; }

 private:
  float user_bias(const Query& query) const;

  BiasOptions options_;
  RatingScale scale_;
  std::vector<float> user_bias_, item_bias_;  // U, I
};

}  // namespace genre
