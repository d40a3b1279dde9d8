#include "genre/rec/sparse_item_item.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "genre/rec/csr_tensors.h"
#include "genre/rec/tensors.h"

namespace genre {

void SparseItemItem::set_weights(CsrMatrix weights) {
  assert(weights.rows == weights.cols);
  weights_ = std::move(weights);
}

void SparseItemItem::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Query& query = queries[q];
    const auto out = scores.row(static_cast<std::int64_t>(q));
    std::fill(out.begin(), out.end(), 0.0f);
    for (std::size_t h = 0; h < query.history.size(); ++h) {
      const float value = history_weight(query, h);
      if (value == 0) continue;
      const auto to = weights_.row_indices(query.history[h]);
      const auto weights = weights_.row_values(query.history[h]);
      for (std::size_t n = 0; n < to.size(); ++n) out[to[n]] += value * weights[n];
    }
  }
}

bool SparseItemItem::personalises(const Query& query) const {
  for (std::size_t h = 0; h < query.history.size(); ++h)
    if (!weights_.row_indices(query.history[h]).empty() && history_weight(query, h) != 0) return true;
  return false;
}

void SparseItemItem::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  save_csr(out, prefix, weights_);
}

void SparseItemItem::load(const SafetensorsFile& in, const std::string& prefix) { set_weights(read_csr(in, prefix)); }

std::vector<ScoredIndex> SparseItemItem::explain(const Query& query, std::int32_t item, int count) const {
  require_fitted(*this);
  std::vector<ScoredIndex> shares;
  for (std::size_t h = 0; h < query.history.size(); ++h) {
    const auto row = weights_.row_indices(query.history[h]);
    const auto found = std::lower_bound(row.begin(), row.end(), item);
    if (found == row.end() || *found != item) continue;
    const float value = history_weight(query, h);
    shares.push_back({query.history[h], value * weights_.row_values(query.history[h])[found - row.begin()]});
  }
  return best_positive(std::move(shares), count);
}

std::vector<ScoredIndex> SparseItemItem::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  const auto to = weights_.row_indices(item);
  const auto weights = weights_.row_values(item);
  std::vector<ScoredIndex> row;
  row.reserve(to.size());
  for (std::size_t n = 0; n < to.size(); ++n)
    if (to[n] != item) row.push_back({to[n], weights[n]});
  return best_positive(std::move(row), k);
}

std::vector<ScoredIndex> SparseItemItem::column(std::int32_t item, int k) const {
  require_fitted(*this);
  std::vector<ScoredIndex> out;
  for (std::int32_t other = 0; other < items(); ++other) {
    const auto row = weights_.row_indices(other);
    const auto found = std::lower_bound(row.begin(), row.end(), item);
    if (other != item && found != row.end() && *found == item)
      out.push_back({other, weights_.row_values(other)[found - row.begin()]});
  }
  return best_positive(std::move(out), k);
}

CsrMatrix csr_from_lists(std::vector<std::vector<ScoredIndex>> lists) {
  CsrMatrix out;
  out.rows = out.cols = static_cast<std::int64_t>(lists.size());
  std::size_t nonzeros = 0;
  for (const auto& list : lists) nonzeros += list.size();
  out.offsets.reserve(lists.size() + 1);
  out.indices.reserve(nonzeros);
  out.values.reserve(nonzeros);
  for (auto& list : lists) {
    for (const auto& [index, weight] : list) {
      out.indices.push_back(index);
      out.values.push_back(weight);
    }
    out.offsets.push_back(static_cast<std::int64_t>(out.indices.size()));
    std::vector<ScoredIndex>().swap(list);
  }
  return out;
}

}  // namespace genre
