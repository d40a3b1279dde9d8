#include "genre/rec/sparse_content.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/rec/csr_tensors.h"
#include "genre/rec/history_decay.h"
#include "genre/rec/tensors.h"

namespace genre {

void SparseContent::set_items(CsrMatrix profiles, const CsrMatrix& offers) {
  profiles_ = std::move(profiles);
  index_ = transpose(offers);
}

void SparseContent::score_one(const Query& query, std::span<float> out) const {
  std::vector<std::pair<std::int32_t, double>> entries;
  for (std::size_t h = 0; h < query.history.size(); ++h) {
    const double weight = decayed_value(query, h, decay_);
    const auto row = profiles_.row_indices(query.history[h]);
    const auto values = profiles_.row_values(query.history[h]);
    for (std::size_t n = 0; n < row.size(); ++n) entries.emplace_back(row[n], weight * values[n]);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  double squares = 0;
  std::size_t distinct = 0;
  for (std::size_t n = 0; n < entries.size();) {
    std::pair<std::int32_t, double> sum = {entries[n].first, 0.0};
    for (; n < entries.size() && entries[n].first == sum.first; ++n) sum.second += entries[n].second;
    squares += sum.second * sum.second;
    entries[distinct++] = sum;
  }
  entries.resize(distinct);
  std::fill(out.begin(), out.end(), 0.0f);
  for (const auto& [word, sum] : entries) {
    if (sum == 0) continue;
    const auto weight = static_cast<float>(sum / std::sqrt(squares));
    const auto row = index_.row_indices(word);
    const auto values = index_.row_values(word);
    for (std::size_t n = 0; n < row.size(); ++n) out[row[n]] += weight * values[n];
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    if (profiles_.row_indices(static_cast<std::int64_t>(i)).empty()) out[i] = kMasked;
}

void SparseContent::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  for (std::size_t q = 0; q < queries.size(); ++q) score_one(queries[q], scores.row(static_cast<std::int64_t>(q)));
}

bool SparseContent::personalises(const Query& query) const {
  for (std::size_t h = 0; h < query.history.size(); ++h)
    if (!profiles_.row_indices(query.history[h]).empty() && decayed_value(query, h, decay_) != 0) return true;
  return false;
}

void SparseContent::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  save_csr(out, prefix + "index.", index_);
  save_csr(out, prefix + "profiles.", profiles_);
}

void SparseContent::load(const SafetensorsFile& in, const std::string& prefix) {
  const auto item_offsets = in.values<std::int64_t>(prefix + "profiles.offsets", {-1});
  CsrMatrix index = read_csr(in, prefix + "index.", static_cast<std::int64_t>(item_offsets.size()) - 1);
  profiles_ = read_csr(in, prefix + "profiles.", index.rows);
  index_ = std::move(index);
}

std::vector<ScoredIndex> SparseContent::explain(const Query& query, std::int32_t item, int count) const {
  require_fitted(*this);
  std::vector<ScoredIndex> shares;
  for (std::size_t h = 0; h < query.history.size(); ++h) {
    const auto row = profiles_.row_indices(query.history[h]);
    const auto values = profiles_.row_values(query.history[h]);
    double product = 0;
    for (std::size_t n = 0; n < row.size(); ++n) {
      const auto holders = index_.row_indices(row[n]);
      const auto found = std::lower_bound(holders.begin(), holders.end(), item);
      if (found == holders.end() || *found != item) continue;
      product += static_cast<double>(values[n]) * index_.row_values(row[n])[found - holders.begin()];
    }
    shares.push_back({query.history[h], static_cast<float>(decayed_value(query, h, decay_) * product)});
  }
  return best_positive(std::move(shares), count);
}

std::vector<ScoredIndex> SparseContent::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  std::vector<float> scores(items());
  score_one({.history = {&item, 1}}, scores);
  scores[item] = kMasked;
  for (float& score : scores)
    if (!(score > 0)) score = kMasked;
  return top_k(scores, k);
}

}  // namespace genre
