// P3alpha with a discount for popular items. Source: Paudel, Christoffel, Newell and Bernstein, "Updatable, accurate,
// diverse, and scalable recommendations for interactive applications", ACM TiiS 2017.
#pragma once

#include <algorithm>
#include <cstdint>

#include "genre/rec/sparse_item_item.h"

namespace genre {

struct Rp3betaOptions : RecommenderOptions {
  int neighbours = 300;
  double alpha = 1.0;
  double beta = 0.5;
  bool normalise = false;
  std::string_view name() const override { return "rp3beta"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 24 * size.items * std::min<std::int64_t>(size.items, neighbours) + 16 * size.items + 32 * size.interactions;
  }
};

// score of item j = sum over history items i of value(i) * W(i, j), the weights of random_walk.h: those of p3alpha
// over the popularity of j to the power of beta. beta = 0 is p3alpha.
class Rp3beta : public SparseItemItem {
 public:
  explicit Rp3beta(Rp3betaOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "rp3beta"; }
  void fit(const TrainingData& data) override;

 private:
  Rp3betaOptions options_;
};

}  // namespace genre
