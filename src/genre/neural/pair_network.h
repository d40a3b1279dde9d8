// Neural collaborative filtering: the logit of a user and an item from a vector of each, by a generalised matrix
// factorisation, a tower of ReLU layers, or both together, with its gradients. Source: He, Liao, Zhang, Nie, Hu and
// Chua, "Neural Collaborative Filtering" (WWW 2017).
#pragma once

#include <optional>
#include <vector>

#include "genre/neural/dropout.h"
#include "genre/neural/linear.h"
#include "genre/neural/tower.h"

namespace genre::neural {

struct PairShape {
  std::int64_t width = 64;  // D of a vector's part
  bool gmf = true;
  std::vector<std::int64_t> hidden = {128, 64};  // widths of the tower's layers; none: no tower
  double dropout = 0;                            // of what goes into each layer of the tower

  bool tower() const { return !hidden.empty(); }
  std::int64_t vector() const { return width * ((gmf ? 1 : 0) + (tower() ? 1 : 0)); }  // V of a whole vector
};

// The vector of a user is p and then p', that of an item q and then q', each D long, or one of them where the network
// has one part.
//
//   logit = w . (p * q) + output . h_L + b,  h_1 = relu(W_u p' + W_i q' + b_1),  h_l = relu(W_l h_(l-1) + b_l)
class PairNetwork {
 public:
  // Adds its tensors, drawn from `random`.
  PairNetwork(const PairShape& shape, Parameters& parameters, RandomStream& random);

  // Takes the weights over as they are now; before the first pass and after each change.
  void pack(const Parameters& parameters);

  // What the gradient needs of a pass, in memory that the next pass uses again.
  struct Pass {
    Matrix users, items, of_users, sums;  // p' and q' after dropout; W_u p' and what goes into the first relu
    Matrix d_users, d_items, d_of_users, d_sums;
    Dropout of_p, of_q;
    Tower::Pass tower;
  };

  // The logits of N pairs: B users (B x V), each with N / B items (N x V) that stand one after the other. `random`
  // draws dropout; null: none, as in use. One thread each.
  void forward(const Parameters& parameters, ConstMatrixView users, ConstMatrixView items, RandomStream* random,
               Pass& pass, std::span<float> logits) const;
  // Adds to the gradients of all weights; d_users and d_items become those of the vectors.
  void backward(const Parameters& parameters, ConstMatrixView users, ConstMatrixView items,
                std::span<const float> d_logits, Pass& pass, MatrixView d_users, MatrixView d_items,
                Gradients& gradients) const;

  const PairShape& shape() const { return shape_; }

  // The parts, for those who ask one user about many items.
  const float* gmf_weight(const Parameters& parameters) const;  // w, or null without that part
  float bias(const Parameters& parameters) const { return parameters.value(bias_).data()[0]; }
  const Tower& tower() const { return *tower_; }
  const Linear& of_user() const { return *of_user_; }  // W_u
  const Linear& of_item() const { return *of_item_; }  // W_i and b_1
  // The parts p' or q' of vectors, in `memory`.
  MatrixView tower_parts(ConstMatrixView vectors, Matrix& memory) const;

 private:
  std::int64_t tower_at() const { return shape_.gmf ? shape_.width : 0; }  // where p' and q' begin

  PairShape shape_;
  int gmf_ = -1, bias_;
  std::optional<Linear> of_user_, of_item_;
  std::optional<Tower> tower_;
};

}  // namespace genre::neural
