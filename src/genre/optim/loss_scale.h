// The factor that a loss is multiplied by before its gradients are taken, so that small ones do not vanish in a format
// of few bits; the gradients are divided by it again. Source: Micikevicius et al., "Mixed Precision Training" (2018).
#pragma once

#include <cstdint>

#include "genre/config/fields.h"

namespace genre {

// Part of the [optimizer] table.
struct LossScaleOptions {
  double loss_scale = 1;        // at the start
  int loss_scale_interval = 0;  // steps without an overflow after which it doubles; 0: it stays as it is
  void fields(config::Fields& f);
};

class LossScale {
 public:
  explicit LossScale(const LossScaleOptions& options) : options_(options), factor_(options.loss_scale) {}
  double factor() const { return factor_; }

  // After each step: whether it counts. Where gradients overflow under a factor that may change, the factor is halved
  // and the step left out; under any other, or at 1, the overflow is the loss's own and the step counts.
  bool counts(bool overflow);

  // Three numbers are its whole state.
  struct State {
    double factor;
    std::int64_t since_change, left_out;
  };
  State state() const { return {factor_, since_change_, left_out_}; }
  void restore(const State& state);
  std::int64_t left_out() const { return left_out_; }  // steps

 private:
  LossScaleOptions options_;
  double factor_;
  std::int64_t since_change_ = 0, left_out_ = 0;
};

}  // namespace genre
