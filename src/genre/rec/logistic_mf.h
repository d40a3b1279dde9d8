// Logistic matrix factorisation. Source: Johnson, "Logistic matrix factorization for implicit feedback data", NIPS
// workshop 2014.
#pragma once

#include "genre/rec/block_schedule.h"
#include "genre/rec/factor_model.h"

namespace genre {

struct LogisticMfOptions : RecommenderOptions {
  int factors = 64;
  int epochs = 30;
  double learning_rate = 0.05;
  double l2 = 0.01;
  double alpha = 1.0;
  int negatives = 4;
  std::string_view name() const override { return "logistic_mf"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// The probability that user u interacts with item i is sigma(x), x = u . v_i + b_u + b_i; an interaction of weight r
// counts as alpha r observations. Stochastic gradient ascent on
//
//   sum over interactions of alpha r ln sigma(x) + sum over draws of ln sigma(-x)
//     - l2 / 2 (|u|^2 + |v_i|^2 + b_u^2 + b_i^2) for each term,
//
// with `negatives` draws j from the items that u has not, for each interaction and anew in each epoch. The paper sums
// over all absent pairs instead; draws keep an epoch linear in the interactions, and shift x by a constant. Order and
// threads as in block_schedule.h: the result depends on the seed alone. Strangers are folded in by the same steps with
// the items held still.
class LogisticMf : public FactorModel {
 public:
  explicit LogisticMf(LogisticMfOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "logistic_mf"; }
  void fit(const TrainingData& data) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  Biases biases() const override { return {.item = true, .user = true}; }

 private:
  LogisticMfOptions options_;
};

// The derivative of a term by x: weight * sigma(-x) for an interaction, -sigma(x) for a draw (weight 0).
float logistic_slope(float x, float weight);

}  // namespace genre
