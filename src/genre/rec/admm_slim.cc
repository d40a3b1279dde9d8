#include "genre/rec/admm_slim.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/spd_inverse.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

struct Residuals {
  double gap = 0, step = 0, size = 0;  // squares of |B - C|, |C - C before| and |C|
};

Residuals sum(const std::vector<Residuals>& parts) {
  Residuals out;
  for (const Residuals& part : parts) {
    out.gap += part.gap;
    out.step += part.step;
    out.size += part.size;
  }
  return out;
}

// The variables of the method, I x I each: the sparse copy C and the multipliers.
struct State {
  Matrix c, multipliers;
};

// Takes row i of the unconstrained solution to B, moves C and the multipliers.
Residuals update_row(const AdmmSlimOptions& options, const Matrix& inverse, std::int64_t i, std::span<float> solution,
                     std::span<const float> diagonal, State& state) {
  const auto rho = static_cast<float>(options.rho), threshold = static_cast<float>(options.l1 / options.rho);
  const auto p = inverse.row(i);
  const auto c = state.c.row(i), multipliers = state.multipliers.row(i);
  Residuals out;
  for (std::size_t j = 0; j < c.size(); ++j) {
    const float b = solution[j] - p[j] * diagonal[j];  // 0 on the diagonal
    const float wanted = b + multipliers[j] / rho;
    float next = wanted > threshold ? wanted - threshold : wanted < -threshold ? wanted + threshold : 0.0f;
    if (options.positive && next < 0) next = 0;
    if (static_cast<std::int64_t>(j) == i) next = 0;
    multipliers[j] += rho * (b - next);
    out.gap += static_cast<double>(b - next) * (b - next);
    out.step += static_cast<double>(next - c[j]) * (next - c[j]);
    out.size += static_cast<double>(next) * next;
    c[j] = next;
  }
  return out;
}

}  // namespace

void AdmmSlimOptions::fields(config::Fields& f) {
  f.number("l1", l1, {.minimum = 0, .maximum = 1e9}, "L1 penalty on the weights between items: more makes them sparse");
  f.number("l2", l2, {.minimum = 1e-3, .maximum = 1e9}, "L2 penalty on the weights of an item that every user has");
  f.number("alpha", alpha, {.minimum = 0, .maximum = 10},
           "exponent of the item's popularity that multiplies l2; 0: the same penalty for all");
  f.number("rho", rho, {.minimum = 1e-3, .maximum = 1e9}, "weight of the agreement between the two solutions");
  f.integer("iterations", iterations, {.minimum = 1, .maximum = 1e6}, "most iterations");
  f.number("tolerance", tolerance, {.minimum = 0, .maximum = 1},
           "done when the two solutions differ, and move, by at most this share of their size");
  f.flag("positive", positive, "no weight below 0");
}

std::unique_ptr<Recommender> AdmmSlimOptions::build() const { return std::make_unique<AdmmSlim>(*this); }

void AdmmSlim::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const Matrix products = gram(data.interactions);
  const std::int64_t items = products.rows();
  std::vector<double> users(items);
  for (const std::int32_t item : data.interactions.indices) ++users[item];

  Matrix inverse = products;  // P = (G + L + rho I)^-1
  for (std::int64_t i = 0; i < items; ++i) {
    const double share = users[i] / static_cast<double>(data.interactions.rows);
    inverse.row(i)[i] += static_cast<float>(options_.l2 * std::pow(share, options_.alpha) + options_.rho);
  }
  invert_spd(inverse.view());
  std::vector<float> scale(items);
  for (std::int64_t j = 0; j < items; ++j) scale[j] = 1.0f / inverse.row(j)[j];

  const PackedMatrix fixed = PackedMatrix::pack(products, /*transposed=*/false);
  Matrix right(items, items), solution(items, items);
  State state{Matrix(items, items), Matrix(items, items)};
  Matrix start(items, items);  // P G
  multiply(inverse.data(), items, items, fixed, start.data(), items);
  const auto rho = static_cast<float>(options_.rho);
  for (int iteration = 0; iteration < options_.iterations; ++iteration) {
    throw_if_interrupted();
    global_pool().parallel_for(items, 64, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t n = begin * items; n < end * items; ++n)
        right.data()[n] = rho * state.c.data()[n] - state.multipliers.data()[n];
    });
    // B = P (G + rho C - multipliers), before its diagonal is taken away.
    multiply(inverse.data(), items, items, PackedMatrix::pack(right, /*transposed=*/false), solution.data(), items,
             {.residual = start.data()});
    std::vector<float> diagonal(items);
    for (std::int64_t j = 0; j < items; ++j) diagonal[j] = solution.row(j)[j] * scale[j];
    std::vector<Residuals> parts(items);
    global_pool().parallel_for(items, 64, [&](std::size_t begin, std::size_t end, int) {
      for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i)
        parts[i] = update_row(options_, inverse, i, solution.row(i), diagonal, state);
    });
    const Residuals moved = sum(parts);
    const double limit = options_.tolerance * options_.tolerance * moved.size;
    if (moved.gap <= limit && moved.step <= limit) break;
  }
  set_weights(std::move(state.c));
}

}  // namespace genre
