// Alternating least squares on ratings. Source: Zhou, Wilkinson, Schreiber and Pan, "Large-scale parallel collaborative
// filtering for the Netflix prize", AAIM 2008.
#pragma once

#include "genre/rec/rating_factor_model.h"

namespace genre {

struct AlsOptions : RecommenderOptions {
  int factors = 32;
  int iterations = 15;
  double l2 = 0.1;
  std::string_view name() const override { return "als"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// Minimises, over the ratings r_ui that there are, with m their mean and n_u, n_i the numbers of ratings of u and i
// (weighted-lambda regularisation),
//
//   sum of (r_ui - m - x_u . y_i)^2 + l2 (sum over u of n_u |x_u|^2 + sum over i of n_i |y_i|^2)
//
// The paper keeps the mean inside the vectors; here it is taken away first. Items and users are solved for in turns,
// each by Cholesky, users last. Predicts ratings.
class Als : public RatingFactorModel {
 public:
  explicit Als(AlsOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "als"; }
  void fit(const TrainingData& data) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;

 private:
  AlsOptions options_;
};

// One half step: every row of `solved` becomes the minimum given `fixed`; rows without ratings become zero. Global
// pool.
void explicit_step(const CsrMatrix& ratings, float mean, ConstMatrixView fixed, double l2, MatrixView solved);

}  // namespace genre
