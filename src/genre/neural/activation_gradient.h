// The derivative of activations, for layers that are trained.
#pragma once

#include "genre/linalg/activation.h"
#include "genre/linalg/matrix.h"

namespace genre::neural {

// The gradient of activation(x) becomes that of x, in place; both are T x D. kTanh, kSilu (swish) and kRelu are
// known; of kRelu, what it gave does in place of x. One thread.
void activation_backward(Activation activation, ConstMatrixView x, MatrixView gradient);

}  // namespace genre::neural
