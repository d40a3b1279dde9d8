#include "genre/torch/autocast.h"

#include <ATen/autocast_mode.h>

namespace genre::trainer {

Autocast::Autocast(bool on, torch::Device device) : on_(on), device_(device.type()) {
  if (!on_) return;
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!on_) return;
  if (at::autocast::decrement_nesting() > 0) return;
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, false);
}

bool Autocast::active(torch::Device device) { return at::autocast::is_autocast_enabled(device.type()); }

}  // namespace genre::trainer
