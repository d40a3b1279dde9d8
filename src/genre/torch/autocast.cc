#include "genre/torch/autocast.h"

#include <ATen/autocast_mode.h>

namespace genre::trainer {

Autocast::Autocast(bool on) : on_(on) {
  if (!on_) return;
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!on_) return;
  if (at::autocast::decrement_nesting() > 0) return;
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, false);
}

bool Autocast::active() { return at::autocast::is_autocast_enabled(at::kCPU); }

}  // namespace genre::trainer
