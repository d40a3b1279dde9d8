// The loss of Bayesian personalised ranking, with its gradients. Source: Rendle, Freudenthaler, Gantner and
// Schmidt-Thieme, "BPR: Bayesian personalized ranking from implicit feedback" (UAI 2009).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre::neural {

// The user has chosen `item` and not `other`.
struct Preference {
  std::int32_t user, item, other;
};

class BprLoss {
 public:
  // The sum over preferences of -ln sigma(x) with x = u . (v_item - v_other), for vectors of users (U x D) and items
  // (I x D); NaN where an x is not finite. Adds `factor` times its gradients to d_users and d_items. Uses the global
  // pool; the bits do not depend on the number of threads.
  double operator()(std::span<const Preference> preferences, ConstMatrixView users, ConstMatrixView items, float factor,
                    MatrixView d_users, MatrixView d_items);

 private:
  std::vector<float> margins_, slopes_;
};

}  // namespace genre::neural
