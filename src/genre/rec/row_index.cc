#include "genre/rec/row_index.h"

#include <algorithm>

namespace genre {

namespace {

struct Entry {
  double product;
  std::int32_t common;
};

}  // namespace

std::vector<Overlap> overlaps(const CsrMatrix& index, std::span<const std::int32_t> items,
                              std::span<const float> weights, std::int64_t newest) {
  // All zero between calls, so that a query pays for the rows that it touches and not for all.
  thread_local std::vector<Entry> scratch;
  if (scratch.size() < static_cast<std::size_t>(index.cols)) scratch.resize(index.cols, Entry{0, 0});
  Entry* const cells = scratch.data();
  std::vector<Overlap> out;
  for (std::size_t n = 0; n < items.size(); ++n) {
    const auto holders = index.row_indices(items[n]);
    const float* const values = index.row_values(items[n]).data();
    const double weight = weights[n];
    // A row among the newest of all has fewer than `newest` newer ones in every list that it is in.
    const std::size_t skip = newest > 0 ? holders.size() - std::min<std::size_t>(holders.size(), newest) : 0;
    for (std::size_t h = skip; h < holders.size(); ++h) {
      Entry& cell = cells[holders[h]];
      if (cell.common++ == 0) out.push_back({holders[h], 0, 0});
      cell.product += weight * values[h];
    }
  }
  for (Overlap& overlap : out) {
    Entry& cell = cells[overlap.row];
    overlap.common = cell.common;
    overlap.product = cell.product;
    cell = {0, 0};
  }
  if (newest > 0 && out.size() > static_cast<std::size_t>(newest)) {
    std::nth_element(out.begin(), out.begin() + newest, out.end(),
                     [](const Overlap& a, const Overlap& b) { return a.row > b.row; });
    out.resize(newest);
  }
  return out;
}

void add_rows(const CsrMatrix& rows, std::span<const ScoredIndex> neighbours, std::span<float> out) {
  for (const auto& [row, score] : neighbours) {
    const auto items = rows.row_indices(row);
    const auto values = rows.row_values(row);
    for (std::size_t n = 0; n < items.size(); ++n) out[items[n]] += score * values[n];
  }
}

bool holds_more(std::span<const std::int32_t> row, std::span<const std::int32_t> ascending) {
  return std::any_of(row.begin(), row.end(),
                     [&](std::int32_t item) { return !std::binary_search(ascending.begin(), ascending.end(), item); });
}

namespace {

// 0 where the row does not hold the column.
double value_at(const CsrMatrix& matrix, std::int32_t row, std::int32_t col) {
  const auto indices = matrix.row_indices(row);
  const auto found = std::lower_bound(indices.begin(), indices.end(), col);
  return found == indices.end() || *found != col ? 0.0 : matrix.row_values(row)[found - indices.begin()];
}

}  // namespace

std::vector<ScoredIndex> shares_of_history(const CsrMatrix& rows, const CsrMatrix& index,
                                           std::span<const ScoredIndex> neighbours,
                                           std::span<const std::int32_t> history, std::span<const float> weights,
                                           std::int32_t item) {
  std::vector<double> sums(history.size(), 0.0), parts(history.size());
  for (const auto& [row, score] : neighbours) {
    const double value = value_at(rows, row, item);
    if (value == 0) continue;
    double overlap = 0;
    for (std::size_t h = 0; h < history.size(); ++h) {
      parts[h] = weights[h] * value_at(index, history[h], row);
      overlap += parts[h];
    }
    for (std::size_t h = 0; h < history.size(); ++h) sums[h] += value * score * parts[h] / overlap;
  }
  std::vector<ScoredIndex> out;
  for (std::size_t h = 0; h < history.size(); ++h) out.push_back({history[h], static_cast<float>(sums[h])});
  return out;
}

}  // namespace genre
