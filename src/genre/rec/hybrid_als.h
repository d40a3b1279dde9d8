// ials whose item vectors are tied to what is known of the items, so that items without interactions have vectors too.
// The prior on factors by regression is that of Agarwal and Chen, "Regression-based latent factor models", KDD 2009;
// the rest as in ials.h.
#pragma once

#include <string>

#include "genre/rec/factor_model.h"
#include "genre/rec/ials.h"

namespace genre {

struct HybridAlsOptions : RecommenderOptions {
  int factors = 64;
  int iterations = 15;
  double alpha = 5;
  double l2 = 0.01;
  double l2_exponent = 1;
  double side_weight = 50;
  double side_l2 = 10;
  std::string side = "both";  // vectors, features, both
  std::string_view name() const override { return "hybrid_als"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  bool needs_item_vectors() const override { return side != "features"; }
};

// With s_i what is known of item i (1, its vector, its features; item_side.h), over the items that somebody touched,
//
//   sum over u, i of c_ui (p_ui - x_u . y_i)^2 + l2 (sum t_u^e |x_u|^2 + sum t_i^e |y_i|^2)
//     + side_weight (sum over i of |y_i - W^T s_i|^2 + side_l2 |W|^2)
//
// is minimised in turns over the items y, the regression W (conjugate gradients) and the users x; c, p, t and e as in
// ials.h. Items that nobody touched are no evidence of dislike: they are left out of the sums, and get y_i = W^T s_i at
// the end. side_weight = 0 leaves the vectors of touched items to the interactions alone, those of the others still
// follow W.
class HybridAls : public FactorModel {
 public:
  explicit HybridAls(HybridAlsOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "hybrid_als"; }
  void fit(const TrainingData& data) override;
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  const Matrix& side_weights() const { return side_weights_; }  // W (K x D) of the last fit; empty after load

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  void prepare() override;

 private:
  ImplicitStepOptions step() const;

  HybridAlsOptions options_;
  std::vector<std::uint8_t> touched_;  // I flags
  Matrix gram_;                        // Y^T Y over touched items
  Matrix side_weights_;
};

}  // namespace genre
