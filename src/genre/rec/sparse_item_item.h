// What the neighbourhood and graph models share: a sparse I x I matrix of weights, and scores that are sums of its
// rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

// score of item j = sum over history items i of value(i) * weights(i, j), added up in the order of the history; 0 for
// items that no history item speaks for. A history item with an empty row says nothing. A model may count the items of
// a history by their age instead, see history_weight. Memory: 8 bytes a weight and 8 (I + 1).
class SparseItemItem : public Recommender, public Explains, public FindsSimilarItems {
 public:
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  bool gains_from_many_queries() const override { return false; }  // each reads the weights of its own history
  std::int64_t items() const override { return weights_.rows; }
  // Tensors "offsets" (I + 1), "indices" and "values" (nonzeros).
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

  std::vector<ScoredIndex> explain(const Query& query, std::int32_t item, int count) const override;
  // The items for which `item` speaks loudest; only positive weights, never the item itself.
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;

  const CsrMatrix& weights() const { return weights_; }  // row i: the items that i speaks for

 protected:
  // The items that speak loudest for `item`: its own neighbours in the models where each item chooses whom it hears.
  std::vector<ScoredIndex> column(std::int32_t item, int k) const;
  void set_weights(CsrMatrix weights);  // I x I
  // What the history item at `position` counts: its value. 0 takes it out.
  virtual float history_weight(const Query& query, std::size_t position) const {
    return query.history_values.empty() ? 1.0f : query.history_values[position];
  }

 private:
  CsrMatrix weights_;
};

// The square matrix whose row r is lists[r], each list ascending by index. Frees the lists on the way.
CsrMatrix csr_from_lists(std::vector<std::vector<ScoredIndex>> lists);

}  // namespace genre
