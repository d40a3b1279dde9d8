// Factorisation machine over the user, the item and what is known of the item. Sources: Rendle, "Factorization
// machines", ICDM 2010; trained on pairs as in Rendle et al., "BPR", UAI 2009.
#pragma once

#include <string>

#include "genre/rec/factor_model.h"

namespace genre {

struct FmOptions : RecommenderOptions {
  int factors = 32;
  int epochs = 20;
  double learning_rate = 0.05;
  double l2 = 0.002;
  int batch = 256;
  std::string loss = "bpr";       // bpr, logistic
  std::string side = "features";  // none, features, vectors, both
  std::string_view name() const override { return "fm"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  bool needs_item_vectors() const override { return side == "vectors" || side == "both"; }
};

// The input x of the machine is: the user (one of U), the item (one of I), the item's features (F numbers) and its text
// vector (K numbers). With a weight w and a factor v for each input,
//
//   score = sum of w_a x_a + sum over pairs a < b of (v_a . v_b) x_a x_b
//
// without what depends on the user alone, which orders nothing. With q_i = the sum of v_a x_a over the item's inputs
// this is p_u . q_i + c_i, where c_i = sum of w_a x_a + 1/2 (|q_i|^2 - sum |v_a|^2 x_a^2): after training q and c are
// worked out once, and a score costs D multiply-adds. An item that nobody touched has no factor of its own, only its
// inputs'.
//
// loss = "bpr": -ln sigma(score of i - score of j) for each interaction with i and one drawn j. loss = "logistic":
// -ln sigma(score of i) - ln sigma(-score of j). Penalty l2 / 2 on the squares of all parameters that a pair uses.
// Batches of pairs in random order; each row of parameters has a step size of its own, learning_rate / root of the sum
// of its mean squared gradients (Duchi, Hazan and Singer, "Adaptive subgradient methods", JMLR 2011). The result
// depends on the seed alone. Strangers are folded in by the steps of BPR on p.
class Fm : public FactorModel {
 public:
  explicit Fm(FmOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "fm"; }
  void fit(const TrainingData& data) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  Biases biases() const override { return {.item = true}; }

 private:
  FmOptions options_;
};

}  // namespace genre
