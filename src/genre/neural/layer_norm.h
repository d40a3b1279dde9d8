// Layer normalisation with its gradients. Source: Ba, Kiros and Hinton, "Layer Normalization" (2016).
#pragma once

#include <string>
#include <vector>

#include "genre/neural/parameters.h"

namespace genre::neural {

class LayerNorm {
 public:
  // What the gradient needs of a pass.
  struct Saved {
    Matrix normalised;         // T x D: before gain and shift
    std::vector<float> scale;  // T: 1 / deviation
  };

  // Adds NAME.weight (D), 1, and NAME.bias (D), 0. `epsilon` is added to the variance of a row.
  LayerNorm(Parameters& parameters, const std::string& name, std::int64_t width, double epsilon = 1e-6);

  // x (T x D) to (x - mean) / deviation * gain + shift in place. One thread each.
  void forward(const Parameters& parameters, MatrixView x, Saved& saved) const;
  // Adds to the gradients of gain and shift; the gradient `dy` of the result becomes that of x, in place.
  void backward(const Parameters& parameters, const Saved& saved, MatrixView dy, Gradients& gradients) const;

 private:
  int gain_, shift_;
  double epsilon_;
};

}  // namespace genre::neural
