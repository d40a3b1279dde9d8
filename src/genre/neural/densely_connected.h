// Layers that each see the sum of all before them. Sources: Huang, Liu, van der Maaten and Weinberger, "Densely
// Connected Convolutional Networks" (CVPR 2017); with sums in place of concatenation Shenbin et al., "RecVAE: a New
// Variational Autoencoder for Top-N Recommendations with Implicit Feedback" (WSDM 2020).
#pragma once

#include <string>
#include <vector>

#include "genre/neural/layer_norm.h"
#include "genre/neural/linear.h"

namespace genre::neural {

struct DenselyConnectedShape {
  std::int64_t width = 600;
  int layers = 1;
  Activation activation = Activation::kTanh;  // or kSilu
  bool normalised = false;                    // by layer normalisation behind the activation
};

// h_1 = norm(activation(x)); h_k = norm(activation(W_k h_(k-1) + b_k + h_1 + ... + h_(k-1))). The first layer has no
// product: that is the business of the layer below.
class DenselyConnected {
 public:
  static constexpr double kEpsilon = 0.1;  // of the normalisation, as RecVAE has it: small sums stay small

  // Adds its tensors, "NAME.layer2.weight" and so on; weights are normal with this deviation.
  DenselyConnected(Parameters& parameters, const std::string& name, const DenselyConnectedShape& shape,
                   double deviation, RandomStream& random);

  // Takes the weights over as they are now; before the first pass and after each change. Uses the global pool.
  void pack(const Parameters& parameters);

  // What the gradient needs of a pass, in memory that the next pass uses again.
  struct Pass {
    struct Layer {
      Matrix before, after;  // T x D: the activation; what the layer gives
      LayerNorm::Saved norm;
    };
    std::vector<Layer> layers;
    Matrix sum;               // T x D: of the layers so far
    Matrix d_sum, d_product;  // of the gradient
  };

  // x (T x D) to the last layer (T x D), valid until the next pass. One thread each.
  ConstMatrixView forward(const Parameters& parameters, ConstMatrixView x, Pass& pass) const;
  // Adds to the gradients of all weights; that of the last layer becomes that of x, in place.
  void backward(const Parameters& parameters, MatrixView gradient, Pass& pass, Gradients& gradients) const;

 private:
  DenselyConnectedShape shape_;
  std::vector<Linear> linear_;    // of layers 2, 3, ...
  std::vector<LayerNorm> norms_;  // of all, or none
};

}  // namespace genre::neural
