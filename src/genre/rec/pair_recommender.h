// Recommenders whose score is a learnt function of a pair's two vectors.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "genre/rec/pair_model.h"

namespace genre {

// Users of training are remembered. For anybody else the network and the items are held still: the user's vector starts
// from the mean of all users', and takes PairModel::kFoldInSteps steps of Adam of the size kFoldInRate down the mean
// loss of the whole history and `negatives` items drawn for each of its items, anew each step, without dropout. The
// draws depend on nothing but the length of the history and the catalogue's. An empty history is answered by the mean
// user.
class PairRecommender : public Recommender, public FindsSimilarItems {
 public:
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override { return !query.history.empty() || model_.remembers(query); }
  bool remembers_users() const override { return true; }
  bool gains_from_many_queries() const override;
  std::int64_t items() const override { return model_.items(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;

  const PairModel& model() const { return model_; }

 protected:
  void set(PairModel model) { model_ = std::move(model); }

 private:
  PairModel model_;
};

}  // namespace genre
