// One number for each of several tasks from the vectors of a user and an item: experts that all tasks share, a gate and
// a tower for each task, with gradients. Source: Ma, Zhao, Yi, Chen, Hong and Chi, "Modeling task relationships in
// multi-task learning with multi-gate mixture-of-experts" (KDD 2018).
#pragma once

#include <vector>

#include "genre/neural/dropout.h"
#include "genre/neural/linear.h"
#include "genre/neural/tower.h"

namespace genre::neural {

struct MmoeShape {
  int tasks = 2;
  std::int64_t width = 64;  // D of vectors
  int experts = 4;          // E; 1: a bottom that all tasks share as it is
  std::int64_t expert_width = 64;
  std::vector<std::int64_t> hidden = {32};  // widths of each task's tower above the mixture
  double dropout = 0;  // of vectors before the experts, and of what goes into each layer of a tower

  std::int64_t expert_numbers() const { return experts * expert_width; }
};

// For the vectors p of a user and q of an item, and task t:
//
//   h_e = relu(W_e p + V_e q + b_e),  m = sum over e of softmax(G_t p + F_t q + g_t)_e h_e
//   y_t = tower_t(m) + w_t . (p * q) + c_t
//
// The product is not in the paper: a tower alone is long in learning one.
class MmoeNetwork {
 public:
  // Adds its tensors, drawn from `random`.
  MmoeNetwork(const MmoeShape& shape, Parameters& parameters, RandomStream& random);

  // Takes the weights over as they are now; before the first pass and after each change.
  void pack(const Parameters& parameters);

  // What the gradient needs of a pass, in memory that the next pass uses again.
  struct Pass {
    Matrix users, items;                  // after dropout
    Matrix user_experts, user_gates;      // B x E H, B x E: what users bring
    Matrix experts, gates, mixed;         // N x E H, after relu; N x E, logits; N x H
    Matrix d_experts, d_gates, d_mixed;   // of the pairs
    Matrix d_user_experts, d_user_gates;  // sums of these over the pairs of a user
    Matrix more;                          // what the gate adds to the gradient of vectors
    Dropout of_users, of_items;
    Tower::Pass tower;
  };

  // The numbers y of one task for N pairs: B users (B x D), each with N / B items (N x D) that stand one after the
  // other. `random` draws dropout; null: none, as in use. One thread each.
  void forward(const Parameters& parameters, int task, ConstMatrixView users, ConstMatrixView items,
               RandomStream* random, Pass& pass, std::span<float> y) const;
  // Adds to the gradients of the weights; d_users and d_items become those of the vectors.
  void backward(const Parameters& parameters, int task, ConstMatrixView users, ConstMatrixView items,
                std::span<const float> d_y, Pass& pass, MatrixView d_users, MatrixView d_items,
                Gradients& gradients) const;

  // In use: what items (I x D) bring to the experts (I x E H) and to a task's gate (I x E).
  void describe_items(const Parameters& parameters, int task, ConstMatrixView items, MatrixView experts,
                      MatrixView gates) const;
  // y of users as in forward, for items of which this is known, N rows each, and without dropout.
  void forward(const Parameters& parameters, int task, ConstMatrixView users, ConstMatrixView items,
               ConstMatrixView item_experts, ConstMatrixView item_gates, Pass& pass, std::span<float> y) const;
  // The gradient of users after it, while weights and items are held still.
  void user_backward(const Parameters& parameters, int task, ConstMatrixView users, ConstMatrixView items,
                     std::span<const float> d_y, Pass& pass, MatrixView d_users) const;

  const MmoeShape& shape() const { return shape_; }

 private:
  struct Task {
    Linear user_gate, item_gate;
    Tower tower;
    int product;
  };
  // pass.experts and pass.gates hold what items bring, and become what they are.
  void mix(const Parameters& parameters, int task, ConstMatrixView users, RandomStream* random, Pass& pass,
           std::span<float> y) const;
  // pass.d_experts, pass.d_gates and their sums over users; `gradients` null: weights are held still.
  void mix_backward(const Parameters& parameters, int task, std::span<const float> d_y, Pass& pass,
                    Gradients* gradients) const;

  MmoeShape shape_;
  Linear user_experts_, item_experts_;
  std::vector<Task> tasks_;
  int bias_;
};

}  // namespace genre::neural
