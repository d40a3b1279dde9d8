// Non-negative matrix factorisation. Sources: Lee and Seung, "Learning the parts of objects by non-negative matrix
// factorization", Nature 1999; hierarchical alternating least squares of Cichocki and Phan, "Fast local algorithms for
// large scale nonnegative matrix and tensor factorizations", IEICE Transactions 2009.
#pragma once

#include "genre/rec/factor_model.h"

namespace genre {

struct NmfOptions : RecommenderOptions {
  int factors = 32;
  int iterations = 30;
  double l2 = 1.0;
  std::string_view name() const override { return "nmf"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// Minimises |X - W H^T|^2 + l2 (|W|^2 + |H|^2) with W (U x D) and H (I x D) at or above 0 over the whole matrix of
// interactions X, absent ones counting as zero. Items and users take turns; in each half step every row goes twice
// through its D numbers, setting each to its minimum given the others (HALS, row by row), so that the objective never
// rises. A stranger is folded in by the same descent. A dimension is a group of items that go together: factors are
// parts, never differences.
class Nmf : public FactorModel {
 public:
  explicit Nmf(NmfOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "nmf"; }
  void fit(const TrainingData& data) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  void prepare() override;

 private:
  NmfOptions options_;
  Matrix gram_;  // H^T H
};

// One half step over all rows of `solved` (rows x D, not negative) given `fixed`. Global pool.
void non_negative_step(const CsrMatrix& interactions, ConstMatrixView fixed, double l2, MatrixView solved);
// `sweeps` passes over one row w, where gram = H^T H and product = x H.
void non_negative_row(ConstMatrixView gram, std::span<const float> product, double l2, int sweeps, std::span<float> w);

}  // namespace genre
