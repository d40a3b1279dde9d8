// User-based nearest neighbours: what those like who like the same. Sources: Resnick, Iacovou, Suchak, Bergstrom and
// Riedl, "GroupLens: an open architecture for collaborative filtering of netnews", CSCW 1994; weightings and shrinkage
// as in Ferrari Dacrema, Boglio, Cremonesi and Jannach, TOIS 2021.
#pragma once

#include <string>
#include <vector>

#include "genre/rec/recommender.h"
#include "genre/rec/row_index.h"

namespace genre {

struct UserKnnOptions : RecommenderOptions {
  int neighbours = 100;
  std::string similarity = "cosine";  // cosine, adjusted_cosine, jaccard, dot
  std::string weighting = "none";     // none, tf_idf, bm25: a user is a document whose words are the items
  double shrink = 0;
  bool normalise = true;
  std::string_view name() const override { return "user_knn"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 40 * size.interactions + 40 * (size.users + size.items) + 64;
  }
};

// score of item j = sum over the nearest users v that like j of similarity(history, v) * value(v, j), where q is the
// history and x_v the training row of v, both weighted:
//   cosine            q . x_v / (|q| |x_v| + shrink), or the bare product without `normalise`
//   adjusted_cosine   the same over ratings minus the mean rating of the item; a history counts as rated like the mean
//                     positive interaction (RatingScale::liked). Nothing is said where an item's ratings are all equal.
//   dot               q . x_v
//   jaccard           common items / (items of either + shrink); looks at what, not at values or weighting
// The nearest are the `neighbours` users of the highest similarity above 0 who like something beyond the history; equal
// ones in the order of ids. Known users are asked by their history like strangers, and are no neighbours of themselves:
// they have nothing beyond it. There is no table of neighbours: they are found for each query by the inverted index, so
// a query costs the training interactions of the items of its history, and new events count at once.
// Memory: 16 N + 12 (U + I) bytes; 24 N more while fitting.
class UserKnn : public Recommender, public Explains {
 public:
  explicit UserKnn(UserKnnOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "user_knn"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  std::int64_t items() const override { return rows_.cols; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> explain(const Query& query, std::int32_t item, int count) const override;

 private:
  std::vector<float> history_weights(const Query& query) const;
  std::vector<ScoredIndex> nearest(const Query& query, std::span<const float> weights) const;  // by user

  UserKnnOptions options_;
  CsrMatrix rows_;                   // U x I: what users like
  CsrMatrix index_;                  // I x U: as users are compared
  std::vector<float> sizes_;         // U: norms, or numbers of items for jaccard
  std::vector<float> item_weights_;  // I: what an item counts in a history
  float mean_length_ = 0;            // of users, for bm25
};

}  // namespace genre
