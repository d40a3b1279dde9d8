// The logit of a user and an item from a vector of each, by a product, a tower of ReLU layers, or both together, with
// its gradients. Sources: He, Liao, Zhang, Nie, Hu and Chua, "Neural Collaborative Filtering" (WWW 2017), where each
// part has vectors of its own; Guo, Tang, Ye, Li and He, "DeepFM" (IJCAI 2017), where both read the same.
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
  // Above 0 both parts are there and read the same: so many vectors of an item before the tower, their sum in the
  // product.
  std::int64_t fields = 0;

  bool tower() const { return !hidden.empty(); }
  bool shared() const { return fields > 0; }
  // V and W: the lengths of whole vectors.
  std::int64_t user_vector() const { return shared() ? width : width * ((gmf ? 1 : 0) + (tower() ? 1 : 0)); }
  std::int64_t item_vector() const { return shared() ? (1 + fields) * width + 1 : user_vector(); }

  // Where in a vector the tower's part is, and how wide that of an item is.
  std::int64_t tower_user_at() const { return gmf && !shared() ? width : 0; }
  std::int64_t tower_item_at() const { return shared() ? width + 1 : tower_user_at(); }
  std::int64_t tower_item() const { return shared() ? fields * width : width; }
};

// The vector of a user is p and then p', that of an item q and then q', each D long, or one of them where the network
// has one part.
//
//   logit = w . (p * q) + output . h_L + b,  h_1 = relu(W_u p' + W_i q' + b_1),  h_l = relu(W_l h_(l-1) + b_l)
//
// Where the parts share vectors, p' is p, w is 1, the vector of an item is q, c and q' (fields x D), and c is added.
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

  // The logits of N pairs: B users (B x V), each with N / B items (N x W) that stand one after the other. `random`
  // draws dropout; null: none, as in use. One thread each.
  void forward(const Parameters& parameters, ConstMatrixView users, ConstMatrixView items, RandomStream* random,
               Pass& pass, std::span<float> logits) const;
  // Adds to the gradients of all weights; d_users and d_items become those of the vectors.
  void backward(const Parameters& parameters, ConstMatrixView users, ConstMatrixView items,
                std::span<const float> d_logits, Pass& pass, MatrixView d_users, MatrixView d_items,
                Gradients& gradients) const;

  const PairShape& shape() const { return shape_; }

  // The parts, for those who ask one user about many items.
  const float* gmf_weight(const Parameters& parameters) const;  // w, or null where it is 1 or that part is not there
  float bias(const Parameters& parameters) const { return parameters.value(bias_).data()[0]; }
  const Tower& tower() const { return *tower_; }
  const Linear& of_user() const { return *of_user_; }  // W_u
  const Linear& of_item() const { return *of_item_; }  // W_i and b_1
  // The parts p' and q' of vectors, in `memory`.
  MatrixView tower_users(ConstMatrixView users, Matrix& memory) const;
  MatrixView tower_items(ConstMatrixView items, Matrix& memory) const;

 private:
  PairShape shape_;
  int gmf_ = -1, bias_;
  std::optional<Linear> of_user_, of_item_;
  std::optional<Tower> tower_;
};

}  // namespace genre::neural
