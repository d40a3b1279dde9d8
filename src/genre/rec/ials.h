// Implicit alternating least squares. Sources: Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback
// datasets", ICDM 2008; conjugate gradients as in Takacs, Pilaszy and Tikk, "Applications of the conjugate gradient
// method for implicit feedback collaborative filtering", RecSys 2011; the frequency-scaled penalty of Rendle, Krichene,
// Zhang and Koren, "Revisiting the performance of iALS on item recommendation benchmarks", RecSys 2022.
#pragma once

#include "genre/rec/factor_model.h"
#include "genre/rec/implicit_step.h"

namespace genre {

struct IalsOptions : RecommenderOptions {
  int factors = 64;
  int iterations = 15;
  double alpha = 5;
  double l2 = 0.01;
  double l2_exponent = 1;
  std::string solver = "cg";  // cg, cholesky
  int conjugate_steps = 2;
  std::string_view name() const override { return "ials"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  ImplicitStepOptions step() const;
};

// Minimises over user vectors x and item vectors y
//
//   sum over all u, i of c_ui (p_ui - x_u . y_i)^2 + l2 (sum over u of t_u^e |x_u|^2 + sum over i of t_i^e |y_i|^2)
//
// with p_ui = 1 and c_ui = 1 + alpha r_ui for an interaction of weight r_ui, p_ui = 0 and c_ui = 1 elsewhere, e =
// l2_exponent and t the sum of c over the row (users) or column (items). In turns the items, then the users are solved
// for (implicit_step.h), so the last users are the least-squares answer to the items: a stranger is folded in by the
// same equations, exactly.
class Ials : public FactorModel {
 public:
  explicit Ials(IalsOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "ials"; }
  void fit(const TrainingData& data) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  void prepare() override;

 private:
  IalsOptions options_;
  Matrix gram_;  // Y^T Y
};

// The exact vector of one user from items Y with gram = Y^T Y; `values` may be empty (all 1).
void implicit_fold_in(ConstMatrixView items, ConstMatrixView gram, const ImplicitStepOptions& options,
                      std::span<const std::int32_t> history, std::span<const float> values, std::span<float> vector);
// Y^T Y as floats.
Matrix float_gram(ConstMatrixView items);
// Normal numbers with this standard deviation.
void fill_normal(Matrix& matrix, double deviation, std::uint64_t seed, std::string_view purpose);

}  // namespace genre
