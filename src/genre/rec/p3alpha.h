// Random walks of three steps from user to item, with tempered probabilities. Source: Cooper, Lee, Radinsky and
// Ahn, "Random walks in recommender systems: exact computation and simulations", WWW 2014.
#pragma once

#include <algorithm>
#include <cstdint>

#include "genre/rec/sparse_item_item.h"

namespace genre {

struct P3alphaOptions : RecommenderOptions {
  int neighbours = 300;
  double alpha = 1.0;
  bool normalise = true;
  std::string_view name() const override { return "p3alpha"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 24 * size.items * std::min<std::int64_t>(size.items, neighbours) + 16 * size.items + 32 * size.interactions;
  }
};

// score of item j = sum over history items i of value(i) * W(i, j): a walk starts at the history, goes to a user of
// the item and on to an item of that user; see random_walk.h for W, with beta = 0.
class P3alpha : public SparseItemItem {
 public:
  explicit P3alpha(P3alphaOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "p3alpha"; }
  void fit(const TrainingData& data) override;

 private:
  P3alphaOptions options_;
};

}  // namespace genre
