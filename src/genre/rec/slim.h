// SLIM: sparse linear item-item weights. Sources: Ning and Karypis, "SLIM: sparse linear methods for top-N recommender
// systems", ICDM 2011; coordinate descent on the Gram matrix as in Friedman, Hastie and Tibshirani, "Regularization
// paths for generalized linear models via coordinate descent", J. Stat. Softw. 2010.
#pragma once

#include <algorithm>
#include <cstdint>

#include "genre/rec/sparse_item_item.h"

namespace genre {

struct SlimOptions : RecommenderOptions {
  double l1 = 1.0;
  double l2 = 100.0;
  int neighbours = 0;
  int iterations = 100;
  double tolerance = 1e-4;
  bool positive = true;
  std::string_view name() const override { return "slim"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    const std::int64_t kept = neighbours > 0 ? std::min<std::int64_t>(size.items, neighbours) : size.items;
    return 4 * size.items * size.items + 24 * size.items * kept + 16 * size.items;
  }
};

// Each column w of the weights minimises  1/2 |x_j - X w|^2 + l2/2 |w|^2 + l1 |w|_1  with w(j) = 0 and, with
// `positive`, w >= 0: the elastic net, by cycles over the items until none moves by more than `tolerance` times the
// largest weight, at most `iterations`. With neighbours > 0 only that many items, those with the largest cosine to j,
// may have a weight (fsSLIM). Works on the Gram matrix, columns in parallel; the result does not depend on the thread
// count. Memory: 4 I^2 bytes while fitting, and 24 a weight.
class Slim : public SparseItemItem {
 public:
  explicit Slim(SlimOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "slim"; }
  void fit(const TrainingData& data) override;

 private:
  SlimOptions options_;
};

}  // namespace genre
