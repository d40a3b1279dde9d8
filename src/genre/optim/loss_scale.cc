#include "genre/optim/loss_scale.h"

#include <algorithm>

namespace genre {

void LossScaleOptions::fields(config::Fields& f) {
  f.number(
      "loss_scale", loss_scale, {.minimum = 1, .maximum = 1e38},
      "factor of the loss while gradients are taken, against small ones that vanish in bf16; usual: 65536; 1: none");
  f.integer("loss_scale_interval", loss_scale_interval, {.minimum = 0, .maximum = 1000000},
            "steps without an overflow after which it doubles; with an overflow it halves and the step is left out; 0: "
            "it stays as it is; usual: 2000");
}

bool LossScale::counts(bool overflow) {
  if (options_.loss_scale_interval == 0) return true;
  if (overflow) {
    if (factor_ <= 1) return true;
    factor_ = std::max(1.0, factor_ / 2);
    since_change_ = 0;
    ++left_out_;
    return false;
  }
  if (++since_change_ < options_.loss_scale_interval) return true;
  constexpr double kMost = 1e38;  // a float holds it
  if (factor_ * 2 <= kMost) factor_ *= 2;
  since_change_ = 0;
  return true;
}

void LossScale::restore(const State& state) {
  factor_ = state.factor;
  since_change_ = state.since_change;
  left_out_ = state.left_out;
}

}  // namespace genre
