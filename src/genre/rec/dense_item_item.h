// What the linear item-item models share: a dense I x I matrix of weights, and scores that are sums of its rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

// score of item j = sum over history items i of value(i) * weights(i, j). Memory: 4 I^2 bytes. A history item with a
// row of zeros says nothing.
class DenseItemItem : public Recommender, public Explains, public FindsSimilarItems {
 public:
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  std::int64_t items() const override { return weights_.rows(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

  std::vector<ScoredIndex> explain(const Query& query, std::int32_t item, int count) const override;
  // The items for which `item` speaks loudest; only positive weights.
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;

  const Matrix& weights() const { return weights_; }

 protected:
  void set_weights(Matrix weights);  // I x I

 private:
  Matrix weights_;
  std::vector<std::uint8_t> speaks_;  // I flags: the row is not all zero
};

}  // namespace genre
