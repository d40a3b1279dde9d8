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
namespace {

std::span<float> values_of_row(CsrMatrix& matrix, std::int64_t row) {
  return std::span(matrix.values)
      .subspan(matrix.offsets[row], static_cast<std::size_t>(matrix.offsets[row + 1] - matrix.offsets[row]));
}

}  // namespace

void SparseContent::fit(const TrainingData& data) {
  require_item_texts(name(), data);
  WordCounts counted = count_words(data.item_texts);
  statistics_ = word_statistics(counted.counts);
  CsrMatrix offers = counted.counts;
  profiles_ = std::move(counted.counts);
  for (std::int64_t item = 0; item < profiles_.rows; ++item) {
    tell(profiles_.row_indices(item), values_of_row(profiles_, item));
    offer(offers.row_indices(item), values_of_row(offers, item));
  }
  index_ = transpose(offers);
  words_ = Vocabulary(std::move(counted.words));
}

void SparseContent::score_one(const Query& query, std::span<float> out) const {
  std::vector<std::pair<std::int32_t, double>> entries;
  for (std::size_t h = 0; h < query.history.size(); ++h) {
    const double weight = decayed_value(query, h, decay_);
    const auto row = profiles_.row_indices(query.history[h]);
    const auto values = profiles_.row_values(query.history[h]);
    for (std::size_t n = 0; n < row.size(); ++n) entries.emplace_back(row[n], weight * values[n]);
  }
  std::vector<std::int32_t> said = words_.numbers(query.words);
  std::vector<float> counts;
  for (std::size_t n = 0; n < said.size(); ++n)
    if (counts.empty() || said[n] != said[n - 1])
      counts.push_back(1);
    else
      ++counts.back();
  said.erase(std::unique(said.begin(), said.end()), said.end());
  tell(said, counts);
  for (std::size_t n = 0; n < said.size(); ++n) entries.emplace_back(said[n], counts[n]);
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
  return !words_.numbers(query.words).empty();
}

void SparseContent::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  save_csr(out, prefix + "index.", index_);
  save_csr(out, prefix + "profiles.", profiles_);
  words_.save(out, prefix + "words.");
}

void SparseContent::load(const SafetensorsFile& in, const std::string& prefix) {
  const auto item_offsets = in.values<std::int64_t>(prefix + "profiles.offsets", {-1});
  CsrMatrix index = read_csr(in, prefix + "index.", static_cast<std::int64_t>(item_offsets.size()) - 1);
  CsrMatrix profiles = read_csr(in, prefix + "profiles.", index.rows);
  Vocabulary words = Vocabulary::load(in, prefix + "words.");
  if (words.size() != index.rows) bad_tensor(in, prefix + "words.texts", "does not fit the index");
  statistics_ = {};
  for (std::int64_t item = 0; item < profiles.rows; ++item)
    statistics_.texts += profiles.row_indices(item).empty() ? 0 : 1;
  for (std::int64_t word = 0; word < index.rows; ++word)
    statistics_.holders.push_back(static_cast<double>(index.row_indices(word).size()));
  profiles_ = std::move(profiles);
  index_ = std::move(index);
  words_ = std::move(words);
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
