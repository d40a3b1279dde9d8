// Bayesian personalised ranking. Source: Rendle, Freudenthaler, Gantner and Schmidt-Thieme, "BPR: Bayesian personalized
// ranking from implicit feedback", UAI 2009.
#pragma once

#include "genre/rec/block_schedule.h"
#include "genre/rec/factor_model.h"

namespace genre {

struct BprOptions : RecommenderOptions {
  int factors = 64;
  int epochs = 100;
  double learning_rate = 0.02;
  double l2 = 0.01;
  std::string order = "blocks";  // blocks, unordered
  std::string_view name() const override { return "bpr"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// Minimises, by stochastic gradient descent over user vectors u, item vectors v and item biases b,
//
//   sum over users u, their items i and other items j of -ln sigma(x) + l2 / 2 (|u|^2 + |v_i|^2 + |v_j|^2 + b_i^2 +
//   b_j^2) x = u . (v_i - v_j) + b_i - b_j
//
// One epoch visits every interaction once, each with one j drawn uniformly from what the user has not. order =
// "blocks": threads work on parts that share nothing (block_schedule.h) and the result depends on the seed alone; j
// comes from the part of the catalogue that i is in, which is dealt anew each epoch. order = "unordered": threads
// update shared vectors without waiting for each other (Hogwild), so that results differ from run to run. Event weights
// are not used. Strangers are folded in by the same steps with the items held still.
class Bpr : public FactorModel {
 public:
  explicit Bpr(BprOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "bpr"; }
  void fit(const TrainingData& data) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  Biases biases() const override { return {.item = true}; }

 private:
  BprOptions options_;
};

// One step of descent on a pair; rate times l2 is `decay`. Vectors of n floats, all in place.
void bpr_step(float* u, float* i, float* j, float& bias_i, float& bias_j, std::int64_t n, float rate, float decay);

// Vectors of random numbers around 0, biases of 0: where stochastic descent starts. Users without an interaction stay
// 0.
Factors random_factors(const CsrMatrix& interactions, int factors, std::uint64_t seed, std::string_view purpose);

}  // namespace genre
