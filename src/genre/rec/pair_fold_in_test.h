// For tests: what PairRecommender says of somebody unknown, written out.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "genre/base/random.h"
#include "genre/rec/pair_model.h"

namespace genre {

// The vector that a history comes to, where the first `drawable` items may be drawn beside it; all users are
// remembered.
inline std::vector<double> plain_fold_in(const PairModel& model, const std::vector<std::int32_t>& history,
                                         std::int32_t drawable, int negatives) {
  std::vector<std::int32_t> absent;
  for (std::int32_t item = 0; item < drawable; ++item)
    if (!std::ranges::binary_search(history, item)) absent.push_back(item);
  const Matrix& users = model.trained().users;
  const std::size_t width = users.cols();
  std::vector<double> vector(width, 0), first(width, 0), second(width, 0);
  for (std::int64_t u = 0; u < users.rows(); ++u)
    for (std::size_t d = 0; d < width; ++d) vector[d] += users.row(u)[d] / static_cast<double>(users.rows());
  RandomStream random(history.size(), "neumf stranger");
  for (int step = 1; step <= PairModel::kFoldInSteps; ++step) {
    std::vector<std::int32_t> items = history;
    while (items.size() < history.size() * (1 + negatives)) items.push_back(absent[random.below(absent.size())]);
    std::vector<float> labels(items.size(), 0.0f), gradient(width);
    std::fill_n(labels.begin(), history.size(), 1.0f);
    model.scorer().user_gradient(std::vector<float>(vector.begin(), vector.end()), items, labels, gradient);
    for (std::size_t d = 0; d < width; ++d) {
      first[d] = 0.9 * first[d] + 0.1 * gradient[d];
      second[d] = 0.999 * second[d] + 0.001 * gradient[d] * gradient[d];
      vector[d] -= PairModel::kFoldInRate * first[d] / (1 - std::pow(0.9, step)) /
                   (std::sqrt(second[d] / (1 - std::pow(0.999, step))) + 1e-8);
    }
  }
  return vector;
}

}  // namespace genre
