// A tower of ReLU layers that ends in one number, with its gradients; the sums that go into the first layer are the
// caller's, so that they may be put together from parts known beforehand.
#pragma once

#include <string>
#include <vector>

#include "genre/neural/dropout.h"
#include "genre/neural/linear.h"

namespace genre::neural {

struct TowerShape {
  std::vector<std::int64_t> widths;  // of the layers; at least one
  double dropout = 0;                // of what goes into each layer but the first
};

// h_1 = relu(x), h_l = relu(W_l h_(l-1) + b_l), logit = w . h_L. One thread at a time packs; any number may compute.
class Tower {
 public:
  // Adds NAME.1, ... (weight and bias of the layers behind the first) and NAME.output (1 x the last width).
  Tower(const TowerShape& shape, Parameters& parameters, const std::string& name, RandomStream& random);

  // Takes the weights over as they are now; before the first pass and after each change.
  void pack(const Parameters& parameters);

  // What the gradient needs of a pass, in memory that the next pass uses again.
  struct Pass {
    std::vector<Matrix> states, gradients;  // of the layers behind the first, T x width
    std::vector<Dropout> dropped;           // of what went into them
  };

  // x (T x the first width) becomes h_1 after dropout and lives until backward; logits[t] grows by that of row t.
  // `random` draws dropout; null: none, as in use. One thread each.
  void forward(const Parameters& parameters, MatrixView x, RandomStream* random, Pass& pass,
               std::span<float> logits) const;
  // For the gradient of the logits: d_x (T x the first width) becomes that of the sums, and those of the weights are
  // added to `gradients`; null: they are held still. x as forward left it.
  void backward(const Parameters& parameters, ConstMatrixView x, std::span<const float> d_logits, Pass& pass,
                MatrixView d_x, Gradients* gradients) const;

  const TowerShape& shape() const { return shape_; }

 private:
  TowerShape shape_;
  std::vector<Linear> layers_;  // behind the first
  int output_;
};

}  // namespace genre::neural
