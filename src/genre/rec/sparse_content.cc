#include "genre/rec/sparse_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/rec/csr_tensors.h"
#include "genre/rec/history_decay.h"
#include "genre/rec/tensors.h"
#include "genre/rec/words.h"

namespace genre {

CsrMatrix count_words(std::span<const std::string> texts) {
  std::unordered_map<std::string, std::int32_t> numbers;
  CsrMatrix out;
  out.rows = static_cast<std::int64_t>(texts.size());
  std::vector<std::int32_t> row;
  for (const std::string& text : texts) {
    row.clear();
    for (std::string& word : words(text))
      row.push_back(numbers.emplace(std::move(word), static_cast<std::int32_t>(numbers.size())).first->second);
    std::sort(row.begin(), row.end());
    for (std::size_t n = 0; n < row.size(); ++n) {
      if (n > 0 && row[n] == row[n - 1]) {
        out.values.back() += 1;
        continue;
      }
      out.indices.push_back(row[n]);
      out.values.push_back(1);
    }
    out.offsets.push_back(static_cast<std::int64_t>(out.indices.size()));
  }
  out.cols = std::max<std::int64_t>(static_cast<std::int64_t>(numbers.size()), 1);
  return out;
}

WordStatistics word_statistics(const CsrMatrix& counts) {
  WordStatistics out;
  out.holders.assign(counts.cols, 0.0);
  for (std::int64_t item = 0; item < counts.rows; ++item) out.texts += counts.row_indices(item).empty() ? 0 : 1;
  for (std::size_t n = 0; n < counts.indices.size(); ++n) {
    out.holders[counts.indices[n]] += 1;
    out.mean_length += counts.values[n];
  }
  if (out.texts > 0) out.mean_length /= out.texts;
  return out;
}

std::int64_t word_bytes(const DataSize& size) {
  return 64 * size.items + 96 * (size.text_bytes > 0 ? size.text_bytes / 6 + size.items : 64 * size.items);
}

void require_item_texts(std::string_view model, const TrainingData& data) {
  const auto items = static_cast<std::size_t>(data.interactions.cols);
  const std::string hint = "add [item_text] to the configuration, or choose a model without text";
  if (data.item_texts.size() != items)
    throw Error(ErrorCode::kData,
                fmt::format("{} wants the text of {} items, found {} texts", model, items, data.item_texts.size()),
                hint);
  if (std::all_of(data.item_texts.begin(), data.item_texts.end(),
                  [](const std::string& text) { return words(text).empty(); }))
    throw Error(ErrorCode::kData, fmt::format("{} finds no word in the text of {} items", model, items), hint);
}

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
