#include "genre/rec/ials.h"

#include <algorithm>
#include <cmath>

#include "genre/base/random.h"
#include "genre/linalg/dense_gram.h"
#include "genre/linalg/least_squares.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/tensors.h"

namespace genre {

void IalsOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("iterations", iterations, {.minimum = 1, .maximum = 10000}, "rounds over items and users");
  f.number("alpha", alpha, {.minimum = 0, .maximum = 1e6},
           "confidence of an interaction of weight r is 1 + alpha r; of everything else 1");
  f.number("l2", l2, {.minimum = 1e-6, .maximum = 1e9}, "penalty on the squared length of each vector");
  f.number("l2_exponent", l2_exponent, {.minimum = 0, .maximum = 1},
           "the penalty grows with the total confidence of the user or item to this power; 0: the same for all");
  f.choice("solver", solver, {"cg", "cholesky"}, "cg: a few conjugate-gradient steps a row, warm; cholesky: exact");
  f.integer("conjugate_steps", conjugate_steps, {.minimum = 1, .maximum = 100}, "steps of cg a row");
}

std::unique_ptr<Recommender> IalsOptions::build() const { return std::make_unique<Ials>(*this); }

std::int64_t IalsOptions::fit_bytes(const DataSize& size) const {
  return factor_bytes(size, factors) + 4 * std::max(size.users, size.items) * factors + 8 * size.interactions +
         8 * size.items + 64 * std::int64_t{factors} * factors * 8;
}

ImplicitStepOptions IalsOptions::step() const {
  return {.alpha = alpha,
          .l2 = l2,
          .l2_exponent = l2_exponent,
          .exact = solver == "cholesky",
          .conjugate_steps = conjugate_steps};
}

void fill_normal(Matrix& matrix, double deviation, std::uint64_t seed, std::string_view purpose) {
  RandomStream random(seed, purpose);
  for (float *value = matrix.data(), *end = value + matrix.values().size(); value != end; ++value)
    *value = static_cast<float>(deviation * random.normal());
}

void Ials::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const CsrMatrix& by_user = data.interactions;
  const CsrMatrix by_item = transpose(by_user);
  Factors factors{Matrix(by_user.rows, options_.factors), Matrix(by_user.cols, options_.factors), {}, {}};
  fill_normal(factors.users, 0.1 / std::sqrt(static_cast<double>(options_.factors)), data.seed, "ials");
  const ImplicitStepOptions step = options_.step();
  for (int iteration = 0; iteration < options_.iterations; ++iteration) {
    between_pieces(data, iteration, options_.iterations);
    implicit_step(by_item, factors.users, factors.items.view(), step);
    implicit_step(by_user, factors.items, factors.users.view(), step);
  }
  set_factors(std::move(factors));
}

Matrix float_gram(ConstMatrixView items) {
  const auto sums = dense_gram(items);
  Matrix out(items.cols(), items.cols());
  std::copy(sums.begin(), sums.end(), out.data());
  return out;
}

void Ials::prepare() { gram_ = float_gram(factors().items); }

void implicit_fold_in(ConstMatrixView items, ConstMatrixView gram, const ImplicitStepOptions& options,
                      std::span<const std::int32_t> history, std::span<const float> values, std::span<float> vector) {
  const std::int64_t width = items.cols();
  std::vector<float> a(gram.data(), gram.data() + width * width), extra(history.size()), confidence(history.size());
  std::vector<float> scratch;
  double weight = 0;
  for (std::size_t n = 0; n < history.size(); ++n) {
    const float value = values.empty() ? 1.0f : std::max(values[n], 0.0f);
    weight += value;
    extra[n] = static_cast<float>(options.alpha) * value;
    confidence[n] = 1 + extra[n];
  }
  const double total = static_cast<double>(items.rows()) + options.alpha * weight;
  const auto l2 = static_cast<float>(options.l2 * std::pow(total, options.l2_exponent));
  for (std::int64_t i = 0; i < width; ++i) a[i * width + i] += l2;
  add_weighted_gram(items, history, extra, a, scratch);
  sum_rows(items, history, confidence, vector);
  solve_spd(a, vector);
}

float Ials::fold_in(const Query& query, std::span<float> vector) const {
  implicit_fold_in(factors().items, gram_, options_.step(), query.history, query.history_values, vector);
  return 0;
}

}  // namespace genre
