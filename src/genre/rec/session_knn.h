// Session-based nearest neighbours: what those took who lately took the same. Sources: Jannach and Ludewig, "When
// recurrent neural networks meet the neighborhood for session-based recommendation", RecSys 2017; weights that fall
// with the age of a click: Ludewig and Jannach, "Evaluation of session-based recommendation algorithms", UMUAI 2018.
#pragma once

#include "genre/rec/recommender.h"
#include "genre/rec/row_index.h"

namespace genre {

struct SessionKnnOptions : RecommenderOptions {
  int neighbours = 100;
  int sample_size = 1000;  // 0: all
  double decay = 0.9;
  double session_gap_minutes = 0;  // 0: all that a user did is one session
  std::string_view name() const override { return "session_knn"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 56 * size.interactions + 32 * size.users + 8 * size.items + 64;
  }
};

// score of item j = sum over the nearest sessions s that hold j of similarity(history, s), where
//   similarity = sum over common items of w(i) / (|w| sqrt(items of s)),  w(i) = value(i) decay^age(i), age 0 the
//   newest
// The nearest are the `neighbours` most similar of the `sample_size` latest training sessions that share an item with
// the history, those with nothing beyond the history left out; equal ones by age, the older first. A session is all
// that a user did, or what lies between two gaps of `session_gap_minutes`; sessions are as old as their last
// interaction, without times as the order of users says. Known users are asked by their history like strangers. A query
// costs history x sample_size steps, however many sessions there are. Memory: 16 N bytes, half of it in the file.
class SessionKnn : public Recommender, public Explains {
 public:
  explicit SessionKnn(SessionKnnOptions options) : options_(options) {}
  std::string_view name() const override { return "session_knn"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  std::int64_t items() const override { return sessions_.cols; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> explain(const Query& query, std::int32_t item, int count) const override;

  std::int64_t sessions() const { return sessions_.rows; }

 private:
  std::vector<float> history_weights(const Query& query) const;
  std::vector<ScoredIndex> nearest(const Query& query, std::span<const float> weights) const;  // by session

  SessionKnnOptions options_;
  CsrMatrix sessions_;  // S x I of ones, the oldest session first
  CsrMatrix index_;     // I x S
};

}  // namespace genre
