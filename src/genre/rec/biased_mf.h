// Matrix factorisation with biases by stochastic gradient descent. Sources: Funk, "Netflix update: try this at home",
// 2006; Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems", IEEE Computer 2009.
#pragma once

#include "genre/rec/rating_factor_model.h"

namespace genre {

struct BiasedMfOptions : RecommenderOptions {
  int factors = 64;
  int epochs = 30;
  double learning_rate = 0.01;
  double l2 = 0.05;
  std::string_view name() const override { return "biased_mf"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// Minimises, over the ratings r_ui that there are, with m their mean,
//
//   sum of 1/2 (r_ui - m - b_u - b_i - p_u . q_i)^2 + l2 / 2 (b_u^2 + b_i^2 + |p_u|^2 + |q_i|^2)
//
// in the order of block_schedule.h: the result depends on the seed alone. Predicts ratings. Strangers get the exact
// answer of the same objective with the items held still.
class BiasedMf : public RatingFactorModel {
 public:
  explicit BiasedMf(BiasedMfOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "biased_mf"; }
  void fit(const TrainingData& data) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  Biases biases() const override { return {.item = true, .user = true}; }

 private:
  BiasedMfOptions options_;
};

// One step on one rating; `error` = rating - prediction. Vectors of n floats and biases, in place.
void rating_step(float* p, float* q, float& bias_u, float& bias_i, std::int64_t n, float error, float rate, float l2);

}  // namespace genre
