// SLIM by the alternating direction method of multipliers. Source: Steck, Dimakopoulou, Riabov and Jebara, "ADMM SLIM:
// sparse recommendations for many users", WSDM 2020.
#pragma once

#include "genre/rec/dense_item_item.h"

namespace genre {

struct AdmmSlimOptions : RecommenderOptions {
  double l1 = 5.0;
  double l2 = 1000.0;
  double alpha = 1.0;
  double rho = 4000.0;
  int iterations = 100;
  double tolerance = 1e-3;
  bool positive = true;
  std::string_view name() const override { return "admm_slim"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override { return 28 * size.items * size.items; }
};

// Minimises  1/2 |X - X B|^2 + 1/2 sum over i of l2 p(i)^alpha |B(i, .)|^2 + l1 |B|_1  subject to diag(B) = 0 and, with
// `positive`, B >= 0, where p(i) is the share of users who have item i: popular items are held back more. alpha = 0
// penalises all alike. Each iteration solves for B in closed form against a copy C that obeys the L1 penalty and the
// sign, and ends when the two agree and C rests, both within `tolerance` relative to C. rho steers only how fast.
// The weights are C.
//
// Two products of I^3 multiply-adds, then one an iteration; 28 I^2 bytes while fitting, 4 I^2 after.
class AdmmSlim : public DenseItemItem {
 public:
  explicit AdmmSlim(AdmmSlimOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "admm_slim"; }
  void fit(const TrainingData& data) override;

 private:
  AdmmSlimOptions options_;
};

}  // namespace genre
