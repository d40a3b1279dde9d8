#include "genre/neural/bpr_loss.h"

#include <cmath>
#include <limits>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/gradient_step.h"

namespace genre::neural {

double BprLoss::operator()(std::span<const Preference> preferences, ConstMatrixView users, ConstMatrixView items,
                           float factor, MatrixView d_users, MatrixView d_items) {
  const std::int64_t width = users.cols();
  margins_.resize(preferences.size());
  slopes_.resize(preferences.size());
  global_pool().parallel_for(preferences.size(), 256, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t n = begin; n < end; ++n) {
      const auto& [user, item, other] = preferences[n];
      margins_[n] = pair_difference(users.row(user).data(), items.row(item).data(), items.row(other).data(), width);
      slopes_[n] = -factor / (1 + std::exp(margins_[n]));
    }
  });
  // Each row takes its shares in the order of preferences, whichever thread adds them.
  global_pool().parallel_for(2, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t side = begin; side < end; ++side)
      for (std::size_t n = 0; n < preferences.size(); ++n) {
        const auto& [user, item, other] = preferences[n];
        if (side == 0) {
          add_scaled(slopes_[n], items.row(item).data(), d_users.row(user).data(), width);
          add_scaled(-slopes_[n], items.row(other).data(), d_users.row(user).data(), width);
        } else {
          add_scaled(slopes_[n], users.row(user).data(), d_items.row(item).data(), width);
          add_scaled(-slopes_[n], users.row(user).data(), d_items.row(other).data(), width);
        }
      }
  });
  double sum = 0;
  for (const float x : margins_)
    sum += std::isfinite(x) ? std::max(-x, 0.0f) + std::log1p(std::exp(-std::abs(x)))
                            : std::numeric_limits<double>::quiet_NaN();
  return sum;
}

}  // namespace genre::neural
