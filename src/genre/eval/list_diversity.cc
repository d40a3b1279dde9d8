#include "genre/eval/list_diversity.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/base/not_a_number.h"
#include "genre/base/thread_pool.h"

namespace genre {
namespace {

// make_value()(items) of the first k items that `known` holds for, of every stride-th query; what it makes may keep
// buffers, one a chunk.
template <class Known, class MakeValue>
std::vector<double> per_list(const Rankings& rankings, int k, const Known& known, const MakeValue& make_value,
                             std::int64_t stride = 1) {
  assert(k > 0);
  std::vector<double> out(rankings.queries(), kNan);
  const std::size_t grain = out.size() / (8 * static_cast<std::size_t>(global_pool().threads())) + 1;
  global_pool().parallel_for(out.size(), grain, [&](std::size_t begin, std::size_t end, int) {
    auto value = make_value();
    std::vector<std::int32_t> items;
    for (std::size_t q = begin; q < end; ++q) {
      if (static_cast<std::int64_t>(q) % stride != 0) continue;
      const auto list = rankings.list(static_cast<std::int64_t>(q));
      items.clear();
      for (const std::int32_t item : list.first(std::min<std::size_t>(k, list.size())))
        if (known(item)) items.push_back(item);
      if (items.size() >= 2) out[q] = value(items);
    }
  });
  return out;
}

// |sum of n unit vectors|^2 = n + 2 sum over pairs of their cosine.
double mean_distance(double square_of_sum, std::size_t count) {
  const auto n = static_cast<double>(count);
  return 1 - (square_of_sum - n) / (n * (n - 1));
}

double jaccard(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  std::size_t shared = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    shared += a[i] == b[j] ? 1 : 0;
    const bool step_a = a[i] <= b[j], step_b = b[j] <= a[i];
    i += step_a ? 1 : 0;
    j += step_b ? 1 : 0;
  }
  return static_cast<double>(shared) / static_cast<double>(a.size() + b.size() - shared);
}

}  // namespace

std::vector<double> diversity_by_vectors(const Rankings& rankings, int k, ConstMatrixView vectors) {
  std::vector<double> lengths(vectors.rows(), 0);
  for (std::int64_t i = 0; i < vectors.rows(); ++i) {
    for (const float x : vectors.row(i)) lengths[i] += static_cast<double>(x) * x;
    lengths[i] = std::sqrt(lengths[i]);
  }
  return per_list(
      rankings, k, [&](std::int32_t item) { return lengths[item] > 0; },
      [&] {
        return [&, sum = std::vector<double>(vectors.cols())](const std::vector<std::int32_t>& items) mutable {
          std::fill(sum.begin(), sum.end(), 0.0);
          for (const std::int32_t item : items) {
            const auto row = vectors.row(item);
            const double scale = 1 / lengths[item];
            for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += scale * row[d];
          }
          double square = 0;
          for (const double x : sum) square += x * x;
          return mean_distance(square, items.size());
        };
      });
}

std::vector<double> diversity_by_features(const Rankings& rankings, int k, const CsrMatrix& features) {
  return per_list(
      rankings, k, [&](std::int32_t item) { return !features.row_indices(item).empty(); },
      [&] {
        return [&](const std::vector<std::int32_t>& items) {
          double alike = 0;
          for (std::size_t a = 0; a < items.size(); ++a)
            for (std::size_t b = a + 1; b < items.size(); ++b)
              alike += jaccard(features.row_indices(items[a]), features.row_indices(items[b]));
          const auto n = static_cast<double>(items.size());
          return 1 - alike / (n * (n - 1) / 2);
        };
      });
}

std::vector<double> diversity_by_users(const Rankings& rankings, int k, const CsrMatrix& users_of_item,
                                       std::int64_t most_additions) {
  std::int64_t additions = 0;
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    const auto list = rankings.list(q);
    for (const std::int32_t item : list.first(std::min<std::size_t>(k, list.size())))
      additions += static_cast<std::int64_t>(users_of_item.row_indices(item).size());
  }
  const std::int64_t stride = (additions + most_additions - 1) / most_additions;
  return per_list(
      rankings, k, [&](std::int32_t item) { return !users_of_item.row_indices(item).empty(); },
      [&] {
        return [&, sum = std::vector<double>(users_of_item.cols, 0)](const std::vector<std::int32_t>& items) mutable {
          double square = 0;  // grows by (s + x)^2 - s^2 as entries of the sum grow
          for (const std::int32_t item : items) {
            const auto users = users_of_item.row_indices(item);
            const double x = 1 / std::sqrt(static_cast<double>(users.size()));
            for (const std::int32_t user : users) {
              square += x * (2 * sum[user] + x);
              sum[user] += x;
            }
          }
          for (const std::int32_t item : items)
            for (const std::int32_t user : users_of_item.row_indices(item)) sum[user] = 0;
          return mean_distance(square, items.size());
        };
      },
      std::max<std::int64_t>(stride, 1));
}

}  // namespace genre
