#include "genre/rec/dense_item_item.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "genre/linalg/gemm.h"
#include "genre/rec/tensors.h"

namespace genre {

void DenseItemItem::set_weights(Matrix weights) {
  assert(weights.rows() == weights.cols());
  weights_ = std::move(weights);
  speaks_.assign(weights_.rows(), 0);
  for (std::int64_t i = 0; i < weights_.rows(); ++i) {
    const auto row = std::as_const(weights_).row(i);
    speaks_[i] = std::any_of(row.begin(), row.end(), [](float weight) { return weight != 0; }) ? 1 : 0;
  }
}

void DenseItemItem::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  std::vector<WeightedRows> sums;
  sums.reserve(queries.size());
  for (const Query& query : queries) sums.push_back({query.history, query.history_values});
  sum_rows(weights_, sums, scores);
}

bool DenseItemItem::personalises(const Query& query) const {
  return std::any_of(query.history.begin(), query.history.end(), [&](std::int32_t item) { return speaks_[item] != 0; });
}

void DenseItemItem::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  out.add(prefix + "weights", weights_.values(), {items(), items()});
}

void DenseItemItem::load(const SafetensorsFile& in, const std::string& prefix) {
  Matrix weights = read_matrix(in, prefix + "weights");
  if (weights.rows() != weights.cols()) bad_tensor(in, prefix + "weights", "is not square");
  set_weights(std::move(weights));
}

std::vector<ScoredIndex> DenseItemItem::explain(const Query& query, std::int32_t item, int count) const {
  require_fitted(*this);
  std::vector<ScoredIndex> shares;
  for (std::size_t h = 0; h < query.history.size(); ++h) {
    const float value = query.history_values.empty() ? 1.0f : query.history_values[h];
    shares.push_back({query.history[h], value * std::as_const(weights_).row(query.history[h])[item]});
  }
  return best_positive(std::move(shares), count);
}

std::vector<ScoredIndex> DenseItemItem::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  const auto row = std::as_const(weights_).row(item);
  std::vector<float> scores(row.begin(), row.end());
  scores[item] = kMasked;
  for (float& score : scores)
    if (!(score > 0)) score = kMasked;
  return top_k(scores, k);
}

}  // namespace genre
