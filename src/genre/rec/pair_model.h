// A network of pairs once it is trained: scores, and a vector for somebody it has not seen.
#pragma once

#include <memory>

#include "genre/neural/pair_scorer.h"
#include "genre/rec/pair_training.h"

namespace genre {

class PairModel {
 public:
  static constexpr int kFoldInSteps = 50;
  static constexpr double kFoldInRate = 0.02;

  PairModel() = default;
  // `negatives` as in training, for those who are folded in.
  PairModel(TrainedPairs trained, int negatives);

  // As PairRecommender says. Thread-safe; one thread.
  void score(std::span<const Query> queries, MatrixView scores) const;
  bool remembers(const Query& query) const;
  // By the cosine of the items' vectors; where the parts share vectors, of those that the product reads.
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const;
  // The vector (V) that the history of somebody unknown comes to; that of no history is the mean user's.
  std::vector<float> fold_in(std::span<const std::int32_t> history) const;

  std::int64_t items() const { return trained_ == nullptr ? 0 : trained_->items.rows(); }
  const TrainedPairs& trained() const { return *trained_; }
  const neural::PairScorer& scorer() const { return *scorer_; }

  void save(SafetensorsWriter& out, const std::string& prefix) const;
  // Throws Error(kData) naming the tensor that does not have the shape of `shape`.
  static PairModel load(const SafetensorsFile& in, const std::string& prefix, const neural::PairShape& shape,
                        int negatives);

 private:
  std::unique_ptr<TrainedPairs> trained_;
  std::unique_ptr<neural::PairScorer> scorer_;
  int negatives_ = 1;
  std::vector<float> mean_;          // V, of the users of training
  std::vector<std::int32_t> drawn_;  // items that are drawn beside a stranger's
  std::int64_t compared_ = 0;        // numbers of an item's vector that tell how alike two items are
  std::vector<float> lengths_;       // I, of these
};

}  // namespace genre
