// SVD++: matrix factorisation in which what a user has rated counts beside how. Source: Koren, "Factorization meets the
// neighborhood: a multifaceted collaborative filtering model", KDD 2008, section 4.
#pragma once

#include "genre/rec/rating_factor_model.h"

namespace genre {

struct SvdppOptions : RecommenderOptions {
  int factors = 32;
  int epochs = 20;
  double learning_rate = 0.007;
  double l2 = 0.02;
  std::string_view name() const override { return "svdpp"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// rating(u, i) = m + b_u + b_i + q_i . (p_u + n_u^-1/2 sum over the n_u items j that u rated of y_j)
//
// minimises the sum over ratings of 1/2 error^2 + l2 / 2 (b_u^2 + b_i^2 + |p_u|^2 + |q_i|^2 + sum over j of |y_j|^2) by
// stochastic gradient descent, users in random order. Within a user the y_j stand still: their gradients are added up
// and applied after the user's last rating, which makes the cost of a rating independent of n_u. One thread. Predicts
// ratings. A stranger's history gives the sum over y; p_u and b_u are then the exact answer with everything else held
// still.
class Svdpp : public RatingFactorModel {
 public:
  explicit Svdpp(SvdppOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "svdpp"; }
  void fit(const TrainingData& data) override;
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  const Matrix& implicit_items() const { return implicit_; }

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  Biases biases() const override { return {.item = true, .user = true}; }

 private:
  SvdppOptions options_;
  Matrix implicit_;  // I x D: y
};

// Everything that a step changes; user vectors here are p alone.
struct SvdppState {
  Factors factors;
  Matrix implicit;
  float mean = 0;
};
// One pass over the ratings of one user. Returns the sum of squared errors before each step.
double svdpp_user(SvdppState& state, std::int64_t user, std::span<const std::int32_t> items,
                  std::span<const float> ratings, float rate, float l2);

}  // namespace genre
