#include "genre/rec/nmf.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/ials.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr int kSweeps = 2, kFoldInSweeps = 30;

// |normal| numbers whose products have the mean of X.
void fill_positive(Matrix& matrix, double deviation, std::uint64_t seed, std::string_view purpose) {
  fill_normal(matrix, deviation, seed, purpose);
  for (float *value = matrix.data(), *end = value + matrix.values().size(); value != end; ++value)
    *value = std::abs(*value);
}

}  // namespace

void NmfOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors: parts");
  f.integer("iterations", iterations, {.minimum = 1, .maximum = 10000}, "rounds over items and users");
  f.number("l2", l2, {.minimum = 0, .maximum = 1e9}, "penalty on the squared length of each vector");
}

std::unique_ptr<Recommender> NmfOptions::build() const { return std::make_unique<Nmf>(*this); }

std::int64_t NmfOptions::fit_bytes(const DataSize& size) const {
  return factor_bytes(size, factors) + 8 * size.interactions + 8 * size.items + 160 * std::int64_t{factors} * factors;
}

void non_negative_row(ConstMatrixView gram, std::span<const float> product, double l2, int sweeps, std::span<float> w) {
  const auto width = static_cast<std::int64_t>(w.size());
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (std::int64_t k = 0; k < width; ++k) {
      const float* const g = gram.row(k).data();
      const float others = dot(g, w.data(), width) - g[k] * w[k];
      const float curvature = g[k] + static_cast<float>(l2);
      w[k] = curvature > 0 ? std::max(0.0f, (product[k] - others) / curvature) : 0.0f;
    }
  }
}

void non_negative_step(const CsrMatrix& interactions, ConstMatrixView fixed, double l2, MatrixView solved) {
  const Matrix gram = float_gram(fixed);
  global_pool().parallel_for(interactions.rows, 32, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> product(fixed.cols());
    for (auto row = static_cast<std::int64_t>(begin); row < static_cast<std::int64_t>(end); ++row) {
      sum_rows(fixed, interactions.row_indices(row), interactions.row_values(row), product);
      non_negative_row(gram, product, l2, kSweeps, solved.row(row));
    }
  });
}

void Nmf::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const CsrMatrix& by_user = data.interactions;
  const CsrMatrix by_item = transpose(by_user);
  const double sum = std::accumulate(by_user.values.begin(), by_user.values.end(), 0.0);
  const double mean = std::max(sum, 1e-6) / (static_cast<double>(by_user.rows) * static_cast<double>(by_user.cols));
  const double deviation = std::sqrt(mean / options_.factors);
  Factors f{Matrix(by_user.rows, options_.factors), Matrix(by_user.cols, options_.factors), {}, {}};
  fill_positive(f.users, deviation, data.seed, "nmf users");
  fill_positive(f.items, deviation, data.seed, "nmf items");
  for (int iteration = 0; iteration < options_.iterations; ++iteration) {
    between_pieces(data, iteration, options_.iterations);
    non_negative_step(by_item, f.users, options_.l2, f.items.view());
    non_negative_step(by_user, f.items, options_.l2, f.users.view());
  }
  set_factors(std::move(f));
}

void Nmf::prepare() { gram_ = float_gram(factors().items); }

float Nmf::fold_in(const Query& query, std::span<float> vector) const {
  std::vector<float> product(vector.size());
  sum_rows(factors().items, query.history, query.history_values, product);
  non_negative_row(gram_, product, options_.l2, kFoldInSweeps, vector);
  return 0;
}

}  // namespace genre
