// y = x W^T + b with its gradients.
#pragma once

#include <string>

#include "genre/linalg/gemm.h"
#include "genre/neural/parameters.h"

namespace genre::neural {

enum class Bias { kYes, kNo };

// One thread at a time packs; any number may compute.
class Linear {
 public:
  // Adds NAME.weight (N x K), normal with this deviation, and NAME.bias (N), 0, where there is one.
  Linear(Parameters& parameters, const std::string& name, std::int64_t inputs, std::int64_t outputs, double deviation,
         RandomStream& random, Bias bias = Bias::kYes);

  // Takes the weight over as it is now; before the first product and after each change.
  void pack(const Parameters& parameters);

  // x is T x K, y T x N. One thread each.
  void forward(const Parameters& parameters, ConstMatrixView x, MatrixView y,
               Activation activation = Activation::kNone) const;
  // Adds to the gradients of weight and bias, for the gradient `dy` of y. dx (T x K, or no rows: not wanted) becomes
  // that of x.
  void backward(ConstMatrixView x, ConstMatrixView dy, MatrixView dx, Gradients& gradients) const;
  // dx alone, for weights that are held still.
  void input_gradient(ConstMatrixView dy, MatrixView dx) const;

 private:
  int weight_, bias_;                // bias_ is -1 without one
  PackedMatrix forward_, backward_;  // K x N, N x K
};

}  // namespace genre::neural
