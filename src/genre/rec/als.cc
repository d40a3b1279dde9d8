#include "genre/rec/als.h"

#include <algorithm>
#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/linalg/least_squares.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/ials.h"
#include "genre/rec/tensors.h"

namespace genre {

void AlsOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("iterations", iterations, {.minimum = 1, .maximum = 10000}, "rounds over items and users");
  f.number("l2", l2, {.minimum = 1e-6, .maximum = 1e6}, "penalty on the squared length of a vector, for each rating");
}

std::unique_ptr<Recommender> AlsOptions::build() const { return std::make_unique<Als>(*this); }

std::int64_t AlsOptions::fit_bytes(const DataSize& size) const {
  return factor_bytes(size, factors) + 8 * size.interactions + 8 * size.items +
         64 * 4 * std::int64_t{factors} * factors;
}

void explicit_step(const CsrMatrix& ratings, float mean, ConstMatrixView fixed, double l2, MatrixView solved) {
  const std::int64_t width = fixed.cols();
  global_pool().parallel_for(ratings.rows, 32, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> a(width * width), ones, centred, scratch;
    for (auto row = static_cast<std::int64_t>(begin); row < static_cast<std::int64_t>(end); ++row) {
      const auto columns = ratings.row_indices(row);
      const auto values = ratings.row_values(row);
      const auto x = solved.row(row);
      if (columns.empty()) {
        std::fill(x.begin(), x.end(), 0.0f);
        continue;
      }
      ones.assign(columns.size(), 1.0f);
      centred.assign(values.begin(), values.end());
      for (float& value : centred) value -= mean;
      std::fill(a.begin(), a.end(), 0.0f);
      for (std::int64_t d = 0; d < width; ++d)
        a[d * width + d] = static_cast<float>(l2 * static_cast<double>(columns.size()));
      add_weighted_gram(fixed, columns, ones, a, scratch);
      sum_rows(fixed, columns, centred, x);
      solve_spd(a, x);
    }
  });
}

void Als::fit(const TrainingData& data) {
  const CsrMatrix& by_user = ratings_of(name(), data);
  const CsrMatrix by_item = transpose(by_user);
  const RatingScale scale = rating_scale(by_user, data.interactions);
  Factors f{Matrix(by_user.rows, options_.factors),
            Matrix(by_user.cols, options_.factors),
            std::vector<float>(by_user.cols, scale.mean),
            {}};
  fill_normal(f.users, 1 / std::sqrt(static_cast<double>(options_.factors)), data.seed, "als");
  for (int iteration = 0; iteration < options_.iterations; ++iteration) {
    between_pieces(data, iteration, options_.iterations);
    explicit_step(by_item, scale.mean, f.users, options_.l2, f.items.view());
    explicit_step(by_user, scale.mean, f.items, options_.l2, f.users.view());
  }
  set_scale(scale);
  set_factors(std::move(f));
}

float Als::fold_in(const Query& query, std::span<float> vector) const {
  return fold_in_liked(query, options_.l2, FoldInBias::kNone, vector);
}

}  // namespace genre
