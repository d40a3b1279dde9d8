// EASE: the linear item-item model with a closed form. Source: Steck, "Embarrassingly shallow autoencoders for sparse
// data", WWW 2019.
#pragma once

#include "genre/rec/dense_item_item.h"

namespace genre {

struct EaseOptions : RecommenderOptions {
  double l2 = 300.0;
  std::string_view name() const override { return "ease"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 12 * size.items * size.items + 28 * size.interactions + 16 * size.users;
  }
};

// Minimises |X - X B|^2 + l2 |B|^2 subject to diag(B) = 0, whose solution is B(i, j) = -P(i, j) / P(j, j) with
// P = (X^T X + l2 I)^-1. About I^3 / 2 multiply-adds; 4 I^2 bytes, while fitting 12 I^2 where float
// is too coarse for the inverse (linalg/spd_inverse.h), and 28 an interaction.
class Ease : public DenseItemItem {
 public:
  explicit Ease(EaseOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "ease"; }
  void fit(const TrainingData& data) override;

 private:
  EaseOptions options_;
};

// B from the regularised Gram matrix G (I x I, positive definite), in its place.
void solve_item_weights(Matrix& gram);

}  // namespace genre
