#include "genre/nn/gated_activation.h"

#include "genre/nn/kernels.h"

namespace genre::nn {

void activate(Activation activation, float* x, std::int64_t n) { kernels().activate(activation, x, nullptr, n); }

void activate_gate(Activation activation, float* gate, const float* up, std::int64_t n) {
  kernels().activate(activation, gate, up, n);
}

}  // namespace genre::nn
