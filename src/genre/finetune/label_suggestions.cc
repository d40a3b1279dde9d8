#include "genre/finetune/label_suggestions.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace genre {
namespace {

double entropy(std::span<const float> row) {
  const auto term = [](double p) { return p > 0 ? -p * std::log(p) : 0; };
  if (row.size() == 1) return (term(row[0]) + term(1 - row[0])) / std::log(2.0);
  double sum = 0;
  for (const float p : row) sum += term(p);
  return sum / std::log(static_cast<double>(row.size()));
}

double margin(std::span<const float> row) {
  if (row.size() == 1) return 1 - std::abs(2.0 * row[0] - 1);
  float first = 0, second = 0;
  for (const float p : row) {
    second = std::max(second, std::min(first, p));
    first = std::max(first, p);
  }
  return 1 - (static_cast<double>(first) - second);
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += static_cast<double>(a[d]) * b[d];
  return sum;
}

}  // namespace

std::vector<double> uncertainties(ConstMatrixView probabilities, Uncertainty kind) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < probabilities.rows(); ++i)
    out.push_back(kind == Uncertainty::kEntropy ? entropy(probabilities.row(i)) : margin(probabilities.row(i)));
  return out;
}

std::vector<std::int64_t> suggest_labels(std::span<const double> uncertainty, ConstMatrixView vectors, double diversity,
                                         std::int64_t count) {
  const auto rows = static_cast<std::int64_t>(uncertainty.size());
  assert(diversity == 0 || vectors.rows() == rows);
  std::vector<double> lengths, nearest(uncertainty.size(), 0);  // cosines below 0 are as far as 0
  if (diversity > 0)
    for (std::int64_t i = 0; i < rows; ++i)
      lengths.push_back(std::max(1e-12, std::sqrt(dot(vectors.row(i), vectors.row(i)))));
  std::vector<bool> chosen(uncertainty.size(), false);
  std::vector<std::int64_t> out;
  while (static_cast<std::int64_t>(out.size()) < std::min(count, rows)) {
    std::int64_t best = -1;
    double largest = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      if (chosen[i]) continue;
      const double value = uncertainty[i] * (diversity > 0 ? std::pow(std::max(0.0, 1 - nearest[i]), diversity) : 1);
      if (best >= 0 && !(value > largest)) continue;
      best = i;
      largest = value;
    }
    chosen[best] = true;
    out.push_back(best);
    if (diversity == 0) continue;
    for (std::int64_t i = 0; i < rows; ++i)
      nearest[i] = std::max(nearest[i], dot(vectors.row(i), vectors.row(best)) / (lengths[i] * lengths[best]));
  }
  return out;
}

}  // namespace genre
