// Item-based nearest neighbours by users and by what items are. Source: the weighted hybrid of Burke, "Hybrid
// recommender systems: survey and experiments", UMUAI 2002, over the similarities of item_knn and of content.
#pragma once

#include <algorithm>
#include <string>
#include <thread>

#include "genre/rec/sparse_item_item.h"

namespace genre {

struct HybridKnnOptions : RecommenderOptions {
  int neighbours = 200;
  std::string side = "text";  // text, features, both
  double side_weight = 0.1;
  std::string weighting = "none";  // none, tf_idf, bm25
  double shrink = 0;
  std::string_view name() const override { return "hybrid_knn"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  bool needs_item_vectors() const override { return side != "features"; }
  std::int64_t fit_bytes(const DataSize& size) const override {
    const std::int64_t threads = std::max(1u, std::thread::hardware_concurrency());
    return 24 * size.items * std::min<std::int64_t>(size.items, neighbours) + 16 * size.interactions +
           8 * size.items * size.dimension + 8 * size.dimension + (256 + 96 * threads) * size.items + 8 * size.users;
  }
};

// score of item j = sum over history items i among the nearest neighbours of j of value(i) * similarity(i, j), where
//   similarity = (1 - side_weight) cosine over users + side_weight side(i, j)
// The cosine is that of item_knn with `weighting` and `shrink`. The side is what is above 0 of
//   text       the cosine of the centred item vectors
//   features   the cosine of the rows of TrainingData::item_features
//   both       the mean of the two
// An item without interactions has neighbours by its side alone, so new items are found and speak. Time: about I^2 D
// multiply-adds for text. Memory: 8 I neighbours bytes, three times that and 8 I D while fitting; scores of a block of
// 16 items x I for each thread, never I x I.
class HybridKnn : public SparseItemItem {
 public:
  explicit HybridKnn(HybridKnnOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "hybrid_knn"; }
  // Throws Error(kData) where the side that it wants is missing.
  void fit(const TrainingData& data) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override { return column(item, k); }

 private:
  HybridKnnOptions options_;
};

}  // namespace genre
