// Item-based nearest neighbours. Sources: Deshpande and Karypis, "Item-based top-N recommendation algorithms", TOIS
// 2004; weightings and shrinkage as in Ferrari Dacrema, Boglio, Cremonesi and Jannach, "A troubling analysis of
// reproducibility and progress in recommender systems research", TOIS 2021.
#pragma once

#include <algorithm>
#include <string>

#include "genre/rec/sparse_item_item.h"

namespace genre {

struct ItemKnnOptions : RecommenderOptions {
  int neighbours = 200;
  std::string similarity = "cosine";  // cosine, adjusted_cosine, dot, jaccard
  std::string weighting = "none";     // none, tf_idf, bm25: an item is a document whose words are its users
  double shrink = 0;
  bool normalise = true;
  std::string_view name() const override { return "item_knn"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 24 * size.items * std::min<std::int64_t>(size.items, neighbours) + 64 * size.items + 48 * size.interactions +
           16 * size.users;
  }
};

// Row i of the weights holds the items j that count i among their neighbours, so that
// score of item j = sum over history items i among the nearest neighbours of j of value(i) * similarity(i, j).
//   cosine    x_i . x_j / (|x_i| |x_j| + shrink), or the bare product without `normalise`
//   adjusted_cosine   the same over the ratings, each minus the mean of its user, liked or not; no weighting. Source:
//             Sarwar, Karypis, Konstan and Riedl, "Item-based collaborative filtering recommendation algorithms", WWW
//             2001; the norms are over all users of an item, so that few common users make no similarity of 1
//   dot       x_i . x_j
//   jaccard   common users / (users of either + shrink); looks at who, not at values or weighting
// over the columns x of the weighted U x I matrix. Each item keeps its `neighbours` most similar others with a
// similarity above 0; equal ones in the order of ids. Memory: 8 I neighbours bytes, three times
// that while fitting.
class ItemKnn : public SparseItemItem {
 public:
  explicit ItemKnn(ItemKnnOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "item_knn"; }
  void fit(const TrainingData& data) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override { return column(item, k); }

 private:
  ItemKnnOptions options_;
};

// The I x U matrix with each interaction weighted as `weighting` says:
//   tf_idf   sqrt(x) * log(I / (1 + items of the user))
//   bm25     x (k1 + 1) / (x + k1 (1 - b + b length / mean length)) * log(I / (1 + items of the user)), k1 = 1.2, b =
//   .75
CsrMatrix weighted_items(const CsrMatrix& interactions, const std::string& weighting);
// The bm25 weight before the logarithm.
double bm25_frequency(double x, double length, double mean_length);

}  // namespace genre
