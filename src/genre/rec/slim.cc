#include "genre/rec/slim.h"

#include <cmath>
#include <numeric>
#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/linalg/csr.h"
#include "genre/linalg/gemm.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

// One column after another; the scratch is reused.
class ColumnSolver {
 public:
  ColumnSolver(const SlimOptions& options, const Matrix& gram)
      : options_(options), gram_(gram), gradient_(gram.rows()), weights_(gram.rows()) {}

  // The weights of column j that are not 0, by item.
  std::vector<ScoredIndex> solve(std::int64_t j) {
    choose_candidates(j);
    const auto target = gram_.row(j);
    std::copy(target.begin(), target.end(), gradient_.begin());  // of the fit: x_i . (x_j - X w)
    std::fill(weights_.begin(), weights_.end(), 0.0f);
    // Cycles over the weights in use until they rest, then one over all; done when that one moves none.
    constexpr int kPatience = 10;  // cycles after which weights that will not rest have waited long enough
    bool all = true;
    for (int cycle = 0; cycle < options_.iterations; ++cycle) {
      const bool moved = sweep(all);
      if (all && !moved) break;
      all = !moved || cycle % kPatience == kPatience - 1;
    }
    std::vector<ScoredIndex> out;
    for (const std::int32_t i : candidates_)
      if (weights_[i] != 0) out.push_back({i, weights_[i]});
    return out;
  }

 private:
  void choose_candidates(std::int64_t j) {
    const std::int64_t items = gram_.rows();
    std::vector<ScoredIndex> similar;
    for (std::int32_t i = 0; i < items; ++i) {
      const float product = gram_.row(j)[i];
      if (i == j || gram_.row(i)[i] == 0) continue;
      if (options_.positive && product <= 0) continue;  // others only push it further down
      similar.push_back({i, product / std::sqrt(gram_.row(i)[i])});
    }
    if (options_.neighbours > 0) keep_best(similar, options_.neighbours);
    candidates_.clear();
    for (const ScoredIndex& entry : similar) candidates_.push_back(entry.index);
  }

  // Minimises over one weight after another; whether one moved by more than the tolerance.
  bool sweep(bool all) {
    const auto l1 = static_cast<float>(options_.l1), l2 = static_cast<float>(options_.l2);
    float largest = 0, largest_step = 0;
    for (const std::int32_t i : candidates_) {
      const float before = weights_[i];
      if (!all && before == 0) continue;
      const auto row = gram_.row(i);
      const float pull = gradient_[i] + row[i] * before;
      float after = pull > l1 ? pull - l1 : pull < -l1 ? pull + l1 : 0.0f;
      if (options_.positive && after < 0) after = 0;
      after /= row[i] + l2;
      if (after != before) {
        weights_[i] = after;
        add_scaled(before - after, row.data(), gradient_.data(), gram_.cols());
      }
      largest = std::max(largest, std::abs(after));
      largest_step = std::max(largest_step, std::abs(after - before));
    }
    return static_cast<double>(largest_step) > options_.tolerance * static_cast<double>(largest);
  }

  const SlimOptions& options_;
  const Matrix& gram_;
  std::vector<float> gradient_, weights_;
  std::vector<std::int32_t> candidates_;  // ascending
};

}  // namespace

void SlimOptions::fields(config::Fields& f) {
  f.number("l1", l1, {.minimum = 0, .maximum = 1e9}, "L1 penalty on the weights between items: more makes them sparse");
  f.number("l2", l2, {.minimum = 1e-3, .maximum = 1e9}, "L2 penalty on the weights between items");
  f.integer("neighbours", neighbours, {.minimum = 0, .maximum = 1e6},
            "most similar items among which each item's weights are chosen; 0: all");
  f.integer("iterations", iterations, {.minimum = 1, .maximum = 1e6}, "most cycles over the weights of a column");
  f.number("tolerance", tolerance, {.minimum = 0, .maximum = 1},
           "a column is done when no weight moves by this share of the largest");
  f.flag("positive", positive, "no weight below 0");
}

std::unique_ptr<Recommender> SlimOptions::build() const { return std::make_unique<Slim>(*this); }

void Slim::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const Matrix products = gram(data.interactions);
  std::vector<std::vector<ScoredIndex>> columns(products.rows());
  global_pool().parallel_for(columns.size(), 8, [&](std::size_t begin, std::size_t end, int) {
    ColumnSolver solver(options_, products);
    for (std::size_t j = begin; j < end; ++j) columns[j] = solver.solve(static_cast<std::int64_t>(j));
  });
  set_weights(transpose(csr_from_lists(std::move(columns))));
}

}  // namespace genre
