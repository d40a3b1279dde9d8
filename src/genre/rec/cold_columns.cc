#include "genre/rec/cold_columns.h"

#include <algorithm>
#include <vector>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/top_k.h"

namespace genre {
namespace {

// The most similar warm items with shares that add up to 1.
std::vector<ScoredIndex> warm_neighbours(std::int64_t item, std::span<const std::uint8_t> warm,
                                         ConstMatrixView similarity, int count) {
  const auto row = similarity.row(item);
  std::vector<float> scores(row.begin(), row.end());
  for (std::int64_t j = 0; j < similarity.cols(); ++j)
    if (j == item || warm[j] == 0 || !(scores[j] > 0)) scores[j] = kMasked;
  auto out = top_k(scores, count);
  float sum = 0;
  for (const auto& entry : out) sum += entry.score;
  for (auto& entry : out) entry.score /= sum;
  return out;
}

float blend(std::span<const ScoredIndex> neighbours, std::span<const float> values) {
  float sum = 0;
  for (const auto& [item, share] : neighbours) sum += share * values[item];
  return sum;
}

struct Moments {
  double product = 0, square = 0;
};

}  // namespace

double blend_cold_columns(Matrix& weights, const CsrMatrix& interactions, ConstMatrixView similarity, int neighbours,
                          double weight) {
  const std::int64_t items = weights.rows(), users = interactions.rows;
  std::vector<std::uint8_t> warm(items, 0);
  for (const std::int32_t item : interactions.indices) warm[item] = 1;
  std::vector<std::vector<ScoredIndex>> near(items);
  global_pool().parallel_for(items, 32, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t item = begin; item < end; ++item)
      near[item] = warm_neighbours(static_cast<std::int64_t>(item), warm, similarity, neighbours);
  });

  // x ~ g z over users and warm items, one pair of sums a user so that threads cannot change the result.
  std::vector<Moments> moments(users);
  global_pool().parallel_for(users, 32, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> reached(items);
    for (std::size_t user = begin; user < end; ++user) {
      const auto history = interactions.row_indices(static_cast<std::int64_t>(user));
      const auto values = interactions.row_values(static_cast<std::int64_t>(user));
      sum_rows(weights, history, values, reached);
      for (std::size_t h = 0; h < history.size(); ++h) reached[history[h]] += values[h];
      for (std::int64_t item = 0; item < items; ++item) {
        if (warm[item] == 0) continue;
        const double z = blend(near[item], reached);
        moments[user].square += z * z;
      }
      for (std::size_t h = 0; h < history.size(); ++h)
        moments[user].product += static_cast<double>(values[h]) * blend(near[history[h]], reached);
    }
  });
  Moments all;
  for (const Moments& one : moments) {
    all.product += one.product;
    all.square += one.square;
  }
  const double factor = all.square > 0 ? std::max(0.0, all.product / all.square) : 0;

  for (std::int64_t i = 0; i < items; ++i) {
    const auto row = weights.row(i);
    for (std::int64_t c = 0; c < items; ++c) {
      if (warm[c] != 0 || near[c].empty()) continue;
      float sum = blend(near[c], row);  // neighbours are warm, so no replaced column is read
      for (const auto& [item, share] : near[c])
        if (item == i) sum += share;
      row[c] = static_cast<float>(weight * factor) * sum;
    }
  }
  return factor;
}

}  // namespace genre
