// The functions that neural layers put between their products.
#pragma once

namespace genre {

enum class Activation {
  kNone,
  kGelu,      // x Phi(x), Phi by erf
  kGeluTanh,  // its approximation by tanh: "gelu_new", "gelu_pytorch_tanh"
  kRelu,
  kSilu,  // x / (1 + e^-x)
  kTanh,
};

}  // namespace genre
