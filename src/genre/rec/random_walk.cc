#include "genre/rec/random_walk.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "genre/base/thread_pool.h"
#include "genre/linalg/sparse_accumulator.h"
#include "genre/linalg/top_k.h"
#include "genre/rec/sparse_item_item.h"

namespace genre {
namespace {

std::vector<double> degrees(const CsrMatrix& matrix) {
  std::vector<double> out(matrix.rows);
  for (std::int64_t r = 0; r < matrix.rows; ++r)
    for (const float value : matrix.row_values(r)) out[r] += std::max(value, 0.0f);
  return out;
}

// Each value becomes the probability of that step from its row, to the power of alpha.
CsrMatrix steps(CsrMatrix matrix, std::span<const double> degree, double alpha) {
  for (std::int64_t r = 0; r < matrix.rows; ++r)
    for (std::int64_t n = matrix.offsets[r]; n < matrix.offsets[r + 1]; ++n)
      matrix.values[n] =
          matrix.values[n] > 0 ? static_cast<float>(std::pow(matrix.values[n] / degree[r], alpha)) : 0.0f;
  return matrix;
}

void normalise(std::vector<ScoredIndex>& list) {
  double sum = 0;
  for (const ScoredIndex& entry : list) sum += entry.score;
  for (ScoredIndex& entry : list) entry.score = static_cast<float>(entry.score / sum);
}

// The `neighbours` largest of each column of a matrix.
CsrMatrix keep_best_of_columns(const CsrMatrix& matrix, int neighbours) {
  const CsrMatrix columns = transpose(matrix);
  std::vector<std::vector<ScoredIndex>> lists(columns.rows);
  for (std::int64_t j = 0; j < columns.rows; ++j) {
    for (std::int64_t n = columns.offsets[j]; n < columns.offsets[j + 1]; ++n)
      lists[j].push_back({columns.indices[n], columns.values[n]});
    keep_best(lists[j], neighbours);
  }
  return transpose(csr_from_lists(std::move(lists)));
}

}  // namespace

CsrMatrix random_walk_weights(const CsrMatrix& interactions, const RandomWalk& walk) {
  CsrMatrix by_item = transpose(interactions);
  const std::vector<double> item_degree = degrees(by_item), user_degree = degrees(interactions);
  const CsrMatrix to_users = steps(std::move(by_item), item_degree, walk.alpha);
  const CsrMatrix to_items = steps(interactions, user_degree, walk.alpha);
  std::vector<double> discount(item_degree.size(), 1.0);
  for (std::size_t j = 0; j < discount.size(); ++j)
    if (item_degree[j] > 0) discount[j] = std::pow(item_degree[j], -walk.beta);

  std::vector<std::vector<ScoredIndex>> lists(to_users.rows);
  global_pool().parallel_for(lists.size(), 32, [&](std::size_t begin, std::size_t end, int) {
    SparseAccumulator sums(to_items.cols);
    for (std::size_t i = begin; i < end; ++i) {
      const auto users = to_users.row_indices(static_cast<std::int64_t>(i));
      const auto first = to_users.row_values(static_cast<std::int64_t>(i));
      std::int64_t additions = 0;
      for (const std::int32_t user : users) additions += to_items.offsets[user + 1] - to_items.offsets[user];
      sums.expect(additions);
      for (std::size_t u = 0; u < users.size(); ++u)
        sums.add(first[u], to_items.row_indices(users[u]), to_items.row_values(users[u]));
      sums.drain([&](std::int32_t j, double sum) {
        const auto weight = static_cast<float>(sum * discount[j]);
        if (j != static_cast<std::int32_t>(i) && weight > 0) lists[i].push_back({j, weight});
      });
      keep_best(lists[i], walk.neighbours);
      if (walk.normalise) normalise(lists[i]);
    }
  });
  return keep_best_of_columns(csr_from_lists(std::move(lists)), walk.neighbours);
}

}  // namespace genre
